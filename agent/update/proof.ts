import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import * as v from 'valibot';

const Posted = v.object({ version: v.string(), atMs: v.number() });

const POSTED_MAX_BYTES = 4096;

/**
 * What the agent noted of its first accepted post, '' where there is nothing of that kind. Its folder
 * is the agent's, so it may be anything: a link or a pipe is not followed or waited for.
 */
export function readPosted(path: string): string {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  let file: number;
  try {
    file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch {
    return '';
  }
  try {
    if (!fstatSync(file).isFile()) return '';
    const buffer = Buffer.alloc(POSTED_MAX_BYTES);
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, POSTED_MAX_BYTES, 0));
  } catch {
    return '';
  } finally {
    closeSync(file);
  }
}

/**
 * Did a version post since the note said `before`? By what it says rather than by its time: clocks are
 * set, also while an agent starts.
 */
export function hasPosted(path: string, version: string, before: string): boolean {
  const text = readPosted(path);
  return text !== before && versionIn(text) === version;
}

function versionIn(text: string): string | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return v.is(Posted, json) ? json.version : undefined;
  } catch {
    return undefined;
  }
}
