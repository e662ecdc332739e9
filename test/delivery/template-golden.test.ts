import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { createRenderer } from '../../core/delivery/template.ts';
import { contextOf, notificationOf, OVER, vmDown } from './notifications.ts';

/** What the expected texts of the fixture were made with. */
const NOTIFICATION = notificationOf(
  [
    vmDown('a'),
    vmDown('b', { startsAtMs: Date.UTC(2026, 6, 14, 13, 4, 5, 120) }),
    vmDown('c<&>', OVER),
  ],
  { receiver: 'a.b' },
);

/** Templates and what Alertmanager 0.34's own expander made of them; null where it failed. */
const GOLDEN = v.parse(
  v.array(v.tuple([v.string(), v.nullable(v.string())])),
  JSON.parse(
    readFileSync(new URL('fixtures/alertmanager-templates.json', import.meta.url), 'utf8'),
  ),
);

describe('what Alertmanager makes of a template, we make of it', () => {
  const render = createRenderer(NOTIFICATION, contextOf());

  test.each(GOLDEN)('%j', (template, text) => {
    const rendered = render(template);
    expect(rendered.ok ? rendered.value : null).toBe(text);
  });
});
