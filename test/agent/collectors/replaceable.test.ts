import { expect, it } from 'vitest';
import { ReplaceableCollectors } from '../../../agent/collectors/replaceable.ts';

it('gives way to collectors made from new settings, once for each change', async () => {
  const events: string[] = [];
  const all = new ReplaceableCollectors<{ pattern: RegExp }>({ pattern: /a/ }, ({ pattern }) => {
    events.push(`made for ${pattern.source}`);
    return [
      {
        name: 'own',
        check: async () => ({ status: 'ok', sees: pattern.source }),
        collect: async () => 'absent',
        close: async () => {
          events.push(`closed ${pattern.source}`);
        },
      },
    ];
  });
  const [own] = all.collectors;
  expect(await own?.check()).toMatchObject({ sees: 'a' });
  all.configure({ pattern: /a/ });
  all.configure({ pattern: /b/ });
  expect(await own?.check()).toMatchObject({ sees: 'b' });
  await all.close();
  expect(events).toEqual(['made for a', 'made for b', 'closed a', 'closed b']);
});
