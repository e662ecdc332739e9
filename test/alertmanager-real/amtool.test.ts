import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatMatcher } from '../../core/alertmanager/parse-matcher.ts';
import { matchRoutes } from '../../core/alertmanager/route.ts';
import { errorsOf, parsed } from '../alertmanager/config-fixture.ts';
import { amtool, withFile } from './programs.ts';
import { anyConfig, anyLabels, brokenConfig } from './random-config.ts';

test('the shipped configuration is accepted', async () => {
  const path = fileURLToPath(new URL('../../rules/alertmanager.yaml', import.meta.url));
  const checked = await amtool('check-config', path);
  expect(checked).toMatchObject({ ok: true, stdout: expect.stringContaining('SUCCESS') });
});

test('random configurations send random alerts to the same receivers', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyConfig,
      fc.array(anyLabels, { minLength: 4, maxLength: 4 }),
      (data, alerts) => {
        const text = JSON.stringify(data);
        const { route } = parsed(text);
        return withFile(text, async (path) => {
          for (const labels of alerts) {
            const written = Object.entries(labels).map(([name, value]) =>
              formatMatcher({ name, op: '=', value }),
            );
            const told = await amtool(
              'config',
              'routes',
              'test',
              `--config.file=${path}`,
              '--',
              ...written,
            );
            const receivers = matchRoutes(route, labels).map(({ receiver }) => receiver);
            expect([labels, told.stdout.trim()]).toEqual([labels, receivers.join(',')]);
          }
        });
      },
    ),
    { numRuns: 100 },
  );
});

test('a configuration with something wrong is refused by both', async () => {
  await fc.assert(
    fc.asyncProperty(brokenConfig, ({ what, config }) => {
      const text = JSON.stringify(config);
      expect([what, errorsOf(text).length]).not.toEqual([what, 0]);
      return withFile(text, async (path) => {
        expect([what, (await amtool('check-config', path)).ok]).toEqual([what, false]);
      });
    }),
    { numRuns: 300 },
  );
});
