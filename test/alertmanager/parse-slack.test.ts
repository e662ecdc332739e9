import { describe, expect, test } from 'vitest';
import { type Given, HTTP, integrationsOf, problemsOf } from './config-fixture.ts';

describe('slack_configs', () => {
  const slackOf = (config: string, given: Given = {}) =>
    integrationsOf(`slack_configs: [${config}]`, given)?.[0];
  const hook = 'https://hooks.slack.com/services/x';
  const api = 'https://slack.com/api/chat.postMessage';
  const bearer = { ...HTTP, authorization: { type: 'Bearer', credentials: 'xoxb' } };

  test('an incoming webhook; resolved ones are not told unless asked for', () => {
    expect(
      slackOf(`{ api_url: '${hook}', channel: '#ops', title: '', text: t, icon_emoji: ':fire:' }`),
    ).toEqual({
      index: 0,
      sendResolved: false,
      settings: {
        kind: 'slack',
        apiUrl: hook,
        channel: '#ops',
        title: '',
        text: 't',
        iconEmoji: ':fire:',
        http: HTTP,
      },
    });
  });

  test.each([
    ['{}', `{ slack_api_url: '${hook}' }`, { apiUrl: hook, http: HTTP }],
    ['{}', '{ slack_api_url_file: f }', { apiUrl: 'https://from.file/', http: HTTP }],
    ["{ app_token: xoxb, channel: '#a' }", '{}', { apiUrl: api, channel: '#a', http: bearer }],
    [
      "{ channel: '#a' }",
      '{ slack_app_token: xoxb }',
      { apiUrl: api, channel: '#a', http: bearer },
    ],
    [`{ api_url: '${hook}' }`, '{ slack_app_token: xoxb }', { apiUrl: hook, http: HTTP }],
    [
      "{ app_token: xoxb, app_url: 'https://own/', channel: '#a' }",
      `{ slack_api_url: '${hook}' }`,
      { apiUrl: 'https://own/', channel: '#a', http: bearer },
    ],
    [
      `{ api_url: '${api}', channel: '#a', http_config: { bearer_token: xoxb } }`,
      '{}',
      { apiUrl: api, channel: '#a', http: bearer },
    ],
  ])('%s with global %s', (config, global, expected) => {
    const files = { f: 'https://from.file/' };
    expect(slackOf(config, { global, files })?.settings).toEqual({ kind: 'slack', ...expected });
  });

  test.each([
    ['{}', '{}', 'no Slack API URL nor App token set either inline or in a file'],
    ['{ app_token: t }', '{}', '"channel" must say where to'],
    [
      `{ app_token: t, api_url: '${hook}' }`,
      '{}',
      'at most one of api_url/api_url_file & app_token',
    ],
    [
      "{ app_token: t, channel: '#a', http_config: { bearer_token: u } }",
      '{}',
      "http authorization can't be set when using Slack App tokens",
    ],
    ['{ api_url_file: none }', '{}', 'there is no file "none"'],
    [
      `{ api_url: '${hook}', actions: [] }`,
      '{}',
      '"actions" is not supported: put links into text',
    ],
  ])('%s is refused', (config, global, message) => {
    expect(problemsOf(`slack_configs: [${config}]`, { global })).toEqual([
      expect.stringContaining(message),
    ]);
  });

  test('global cannot have both', () => {
    const global = `{ slack_api_url: '${hook}', slack_app_token: t }`;
    expect(problemsOf('slack_configs: []', { global })).toEqual([
      expect.stringContaining(
        'at most one of slack_app_token/slack_app_token_file & slack_api_url',
      ),
    ]);
  });
});
