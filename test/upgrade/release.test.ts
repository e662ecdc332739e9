import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatAgentRelease, parseAgentRelease } from '../../core/agent-release/release.ts';

/** Agents of any age read what any deployment serves: fields are added, none goes, and none becomes another. */

const FOLDER = join(import.meta.dirname, 'fixtures/release');

describe.each(readdirSync(FOLDER))('the release.json of %s', (name) => {
  const text = readFileSync(join(FOLDER, name), 'utf8');

  test('is read, and would be written so today', () => {
    const release = parseAgentRelease(text);
    if (!release.ok) throw new Error(release.error);
    expect(formatAgentRelease(release.value)).toBe(text);
  });

  test('is read with all that a later one may add', () => {
    const more = text.replaceAll('{', '{ "later": [1],');
    expect(parseAgentRelease(more)).toEqual(parseAgentRelease(text));
  });
});
