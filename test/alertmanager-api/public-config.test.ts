import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { publicConfig } from '../../functions/alertmanager-api/public-config.ts';
import { CONFIG } from './fixture.ts';

test('nobody who may ask for the configuration sees a secret', () => {
  const shown = publicConfig(`
global:
  slack_api_url: https://hooks.slack.com/a-secret
  http_config: { authorization: { credentials: a-secret } }
receivers:
  - name: all
    pagerduty_configs: [{ routing_key: a-secret, url: https://events.example.com/v2 }]
    msteamsv2_configs: [{ webhook_url: https://flows.example.com/a-secret }]
    webhook_configs: [{ url: 'https://me:a-secret@hooks.example.com/a-secret' }]
    slack_configs:
      - api_url: https://slack.example.com/a-secret
        http_config: { http_headers: { X-Token: { secrets: [a-secret] } } }
    sns_configs: [{ topic_arn: 'arn:aws:sns:eu-west-1:1:t', api_url: https://sns.example.com }]
    ntfy_configs: [{ url: https://ntfy.example.com, topic: a-secret }]
# a-secret
route: { receiver: all, group_by: ['no', '...'] }
`);
  expect(shown).not.toContain('a-secret');
  expect(parse(shown)).toEqual({
    global: {
      slack_api_url: '<secret>',
      http_config: { authorization: { credentials: '<secret>' } },
    },
    receivers: [
      {
        name: 'all',
        pagerduty_configs: [{ routing_key: '<secret>', url: 'https://events.example.com/v2' }],
        webhook_configs: [{ url: 'https://hooks.example.com/%3Csecret%3E' }],
        slack_configs: [
          {
            api_url: 'https://slack.example.com/%3Csecret%3E',
            http_config: {},
          },
        ],
        sns_configs: [
          { topic_arn: 'arn:aws:sns:eu-west-1:1:t', api_url: 'https://sns.example.com' },
        ],
      },
    ],
    route: { receiver: 'all', group_by: ['no', '...'] },
  });
  // Go would read it as false.
  expect(shown).toMatch(/["']no["']/);
});

test('aliases and merges are what they stand for', () => {
  const shown = publicConfig(`
receivers:
  - name: a
    webhook_configs: [&hook { url: https://hooks.example.com/a-secret, max_alerts: 5 }]
  - name: b
    webhook_configs: [{ <<: *hook, send_resolved: false }]
`);
  const url = 'https://hooks.example.com/%3Csecret%3E';
  expect(parse(shown)).toEqual({
    receivers: [
      { name: 'a', webhook_configs: [{ url, max_alerts: 5 }] },
      { name: 'b', webhook_configs: [{ url, max_alerts: 5, send_resolved: false }] },
    ],
  });
});

test('routes stay as they are', () => {
  expect(parse(publicConfig(CONFIG)).route).toEqual(parse(CONFIG).route);
});

test('what old tools know under another name keeps its place, without its secret', () => {
  const shown = publicConfig(`
global: { slack_app_token: a-secret }
receivers:
  - name: a
    webhook_configs: [{ url_file: /a-secret, timeout: 3s }]
    slack_configs: [{ app_token: a-secret, channel: c }, { channel: d }]
`);
  const url = 'https://hidden.invalid/%3Csecret%3E';
  expect(parse(shown)).toEqual({
    global: { slack_api_url: '<secret>' },
    receivers: [
      {
        name: 'a',
        webhook_configs: [{ url }],
        slack_configs: [{ api_url: url, channel: 'c' }, { channel: 'd' }],
      },
    ],
  });
});
