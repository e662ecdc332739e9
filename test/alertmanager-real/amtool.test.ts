import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatMatcher } from '../../core/alertmanager/parse-matcher.ts';
import { matchRoutes } from '../../core/alertmanager/route.ts';
import { publicConfig } from '../../functions/alertmanager-api/public-config.ts';
import { errorsOf, parsed } from '../alertmanager/config-fixture.ts';
import { amtool, withFile } from './programs.ts';
import { anyConfig, anyLabels, brokenConfig } from './random-config.ts';

test('the shipped configuration is accepted', async () => {
  const path = fileURLToPath(new URL('../../rules/alertmanager.yaml', import.meta.url));
  const checked = await amtool('check-config', path);
  expect(checked).toMatchObject({ ok: true, stdout: expect.stringContaining('SUCCESS') });
});

/** Everything that younger Alertmanagers, or we alone, have. */
const YOUNG = `
global:
  slack_app_token: xoxb-1
  slack_app_url: https://slack.example.com/api/chat.postMessage
  telegram_bot_token: x
  jira_api_url: https://jira.example.com
  rocketchat_api_url: https://rocket.example.com
  mattermost_webhook_url: https://mattermost.example.com
  smtp_force_implicit_tls: true
  http_config: { http_headers: { X-A: { values: [b] } } }
route: { receiver: all, routes: [{ matchers: [a=b], receiver: slack }] }
receivers:
  - name: all
    webhook_configs: [{ url: 'http://hook.example.com/x', timeout: 3s }]
    pagerduty_configs: [{ routing_key: abcdef, source: '{{ .Status }}' }]
    msteams_configs: [{ webhook_url: 'http://teams.example.com/x' }]
    msteamsv2_configs: [{ webhook_url: 'http://teams.example.com/x' }]
    ntfy_configs: [{ topic: vms }]
    sns_configs: [{ phone_number: '+49123456789', attributes: { a: b } }]
  - name: slack
    slack_configs: [{ channel: c, app_token: xoxb-2 }, { channel: c }]
`;

test('an old amtool reads what is shown of a configuration that it would refuse', async () => {
  parsed(YOUNG);
  await withFile(publicConfig(YOUNG), async (path) => {
    expect(await amtool('check-config', path)).toMatchObject({ ok: true });
    const tested = await amtool('config', 'routes', 'test', `--config.file=${path}`, 'a=b');
    expect(tested.stdout.trim()).toBe('slack');
  });
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
