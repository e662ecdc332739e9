import { describe, expect, test } from 'vitest';
import { HTTP, integrationsOf, problemsOf } from './config-fixture.ts';

describe('sns_configs', () => {
  test('topic, phone and endpoint', () => {
    const written = `sns_configs: [
      { topic_arn: 'arn:aws:sns:eu-central-1:1:ops', subject: 's', message: 'm', attributes: { a: b } },
      { phone_number: '+4915112345678', send_resolved: false, sigv4: { region: eu-west-1 } },
      { target_arn: 'arn:aws:sns:eu-central-1:1:endpoint/APNS/app/x', api_url: 'http://localhost:4100' }]`;
    expect(integrationsOf(written)).toEqual([
      {
        index: 0,
        sendResolved: true,
        settings: {
          kind: 'sns',
          target: { topicArn: 'arn:aws:sns:eu-central-1:1:ops' },
          subject: 's',
          message: 'm',
          attributes: { a: 'b' },
        },
      },
      {
        index: 1,
        sendResolved: false,
        settings: {
          kind: 'sns',
          target: { phoneNumber: '+4915112345678' },
          region: 'eu-west-1',
          attributes: {},
        },
      },
      {
        index: 2,
        sendResolved: true,
        settings: {
          kind: 'sns',
          target: { targetArn: 'arn:aws:sns:eu-central-1:1:endpoint/APNS/app/x' },
          apiUrl: 'http://localhost:4100',
          attributes: {},
        },
      },
    ]);
  });

  const oneOf = 'must provide either a Target ARN, Topic ARN, or Phone Number for SNS config';
  test.each([
    ['{}', `sns_configs[0]: ${oneOf}`],
    ["{ topic_arn: 'arn:x', phone_number: '+491' }", `sns_configs[0]: ${oneOf}`],
    ['{ topic_arn: ops }', 'sns_configs[0]: "ops" is not an ARN'],
    [
      "{ phone_number: '0151' }",
      'sns_configs[0]: "0151" is not a phone number such as +4915112345678',
    ],
    [
      "{ topic_arn: 'arn:x', sigv4: { role_arn: y } }",
      `sns_configs[0], sigv4: "role_arn" is not supported: access to SNS comes from the function's own role`,
    ],
    ["{ topic_arn: 'arn:x', http_config: {} }", 'sns_configs[0]: "http_config" is not supported: '],
    ["{ topic_arn: 'arn:x', topic: y }", 'sns_configs[0]: unknown field "topic"'],
    ['~', 'sns_configs[0] must be a mapping of fields'],
  ])('%s is refused', (config, message) => {
    expect(problemsOf(`sns_configs: [${config}]`)).toEqual([expect.stringContaining(message)]);
  });
});

describe('webhook_configs', () => {
  test('all that can be said', () => {
    const written = `webhook_configs: [
      { url: 'https://a.example/x' },
      { url_file: hook, max_alerts: 5, timeout: 3s, http_config: { authorization: { credentials_file: token } } }]`;
    const files = { hook: ' https://b.example/y\n', token: 'secret\n' };
    expect(integrationsOf(written, { files })).toEqual([
      {
        index: 0,
        sendResolved: true,
        settings: {
          kind: 'webhook',
          url: 'https://a.example/x',
          maxAlerts: 0,
          timeoutMs: 10_000,
          http: HTTP,
        },
      },
      {
        index: 1,
        sendResolved: true,
        settings: {
          kind: 'webhook',
          url: 'https://b.example/y',
          maxAlerts: 5,
          timeoutMs: 3000,
          http: { ...HTTP, authorization: { type: 'Bearer', credentials: 'secret' } },
        },
      },
    ]);
  });

  test.each([
    ['{}', 'one of url or url_file must be configured'],
    ["{ url: '' }", '"url" is empty'],
    ["{ url: 'https://x', url_file: f }", 'at most one of url & url_file must be configured'],
    ['{ url_file: none }', 'url_file: there is no file "none"'],
    ['{ url_file: empty }', 'url_file: the file "empty" is empty'],
    ["{ url: 'ftp://x' }", '"url": unsupported scheme "ftp" for URL'],
    ['{ url: example.com }', '"url": unsupported scheme "" for URL'],
    ["{ url: 'https:example.com' }", '"url": missing host for URL'],
    ["{ url: 'https://a b/' }", '"url" is not a valid URL'],
    ["{ url: 'https://x/{{ .GroupKey }}' }", '"url" cannot be a template'],
    ["{ url: 'https://x', max_alerts: -1 }", '"max_alerts" cannot be negative'],
    ["{ url: 'https://x', timeout: 5m }", '"timeout" cannot be longer than 30s'],
    ["{ url: 'https://x', payload: {} }", `"payload" is not supported: Alertmanager's own`],
  ])('%s is refused', (config, message) => {
    const problems = problemsOf(`webhook_configs: [${config}]`, { files: { empty: ' \n' } });
    expect(problems).toEqual([expect.stringContaining(`webhook_configs[0]: ${message}`)]);
  });

  test('no message repeats a URL, which may be a secret', () => {
    expect(problemsOf("webhook_configs: [{ url: 'gopher://hush/secret' }]").join()).not.toContain(
      'hush',
    );
  });
});

describe('the others', () => {
  test('Teams, both kinds', () => {
    const written = `msteams_configs: [{ webhook_url: 'https://a/', summary: s, title: t, text: x }],
      msteamsv2_configs: [{ webhook_url_file: f, send_resolved: false }]`;
    expect(integrationsOf(written, { files: { f: 'https://b/' } })).toEqual([
      {
        index: 0,
        sendResolved: true,
        settings: {
          kind: 'msteams',
          webhookUrl: 'https://a/',
          summary: 's',
          title: 't',
          text: 'x',
          http: HTTP,
        },
      },
      {
        index: 0,
        sendResolved: false,
        settings: { kind: 'msteamsv2', webhookUrl: 'https://b/', http: HTTP },
      },
    ]);
    expect(problemsOf("msteamsv2_configs: [{ webhook_url: 'https://a/', summary: s }]")).toEqual([
      'msteamsv2_configs[0]: unknown field "summary"',
    ]);
    expect(problemsOf('msteams_configs: [{}]')).toEqual([
      'msteams_configs[0]: one of webhook_url or webhook_url_file must be configured',
    ]);
  });

  test('PagerDuty', () => {
    const written =
      'pagerduty_configs: [{ routing_key: k, severity: s, client_url: u, details: { a: b } }, { routing_key_file: f, url: "https://own/" }]';
    expect(
      integrationsOf(written, { files: { f: 'from f' } })?.map(({ settings }) => settings),
    ).toEqual([
      {
        kind: 'pagerduty',
        url: 'https://events.pagerduty.com/v2/enqueue',
        routingKey: 'k',
        severity: 's',
        clientUrl: 'u',
        details: { a: 'b' },
        http: HTTP,
      },
      { kind: 'pagerduty', url: 'https://own/', routingKey: 'from f', details: {}, http: HTTP },
    ]);
    const global = "{ pagerduty_url: 'https://eu.example/' }";
    expect(
      integrationsOf('pagerduty_configs: [{ routing_key: k }]', { global })?.[0]?.settings,
    ).toMatchObject({
      url: 'https://eu.example/',
    });
    expect(problemsOf('pagerduty_configs: [{}]')).toEqual([
      'pagerduty_configs[0]: missing routing key in PagerDuty config',
    ]);
    expect(problemsOf('pagerduty_configs: [{ service_key: k, routing_key: l }]')).toEqual([
      'pagerduty_configs[0]: "service_key" is not supported: it belongs to Events API v1; use the routing_key of an "Events API v2" integration',
    ]);
    expect(problemsOf('pagerduty_configs: [{ routing_key_file: none }]')).toEqual([
      'pagerduty_configs[0]: routing_key_file: there is no file "none"',
    ]);
  });

  test('ntfy', () => {
    const written =
      "ntfy_configs: [{ topic: ops }, { url: 'https://own/', topic: a-b, title: t, message: m, priority: 5 }]";
    expect(integrationsOf(written)?.map(({ settings }) => settings)).toEqual([
      { kind: 'ntfy', url: 'https://ntfy.sh', topic: 'ops', http: HTTP },
      {
        kind: 'ntfy',
        url: 'https://own',
        topic: 'a-b',
        title: 't',
        message: 'm',
        priority: 5,
        http: HTTP,
      },
    ]);
    expect(problemsOf('ntfy_configs: [{}]')).toEqual([
      'ntfy_configs[0]: "topic" must be 1 to 64 letters, digits, - or _',
    ]);
    expect(problemsOf('ntfy_configs: [{ topic: a, priority: 6 }]')).toEqual([
      'ntfy_configs[0]: "priority" must be 1 (least) to 5 (most urgent)',
    ]);
  });

  test.each([
    ['email', 'use sns_configs with a topic that has email subscriptions'],
    ['opsgenie', 'use webhook_configs or sns_configs'],
    ['victorops', 'use webhook_configs or sns_configs'],
    ['wechat', 'use webhook_configs or sns_configs'],
    ['webex', 'use webhook_configs or sns_configs'],
    ['jira', 'use webhook_configs or sns_configs'],
    ['incidentio', 'use webhook_configs or sns_configs'],
    ['telegram', 'use ntfy_configs'],
    ['pushover', 'use ntfy_configs'],
    ['discord', 'use slack_configs'],
    ['mattermost', 'use slack_configs'],
    ['rocketchat', 'use slack_configs'],
  ])('%s_configs is refused by name', (kind, hint) => {
    const [problem, ...others] = problemsOf(`${kind}_configs: []`);
    expect(others).toEqual([]);
    expect(problem).toMatch(new RegExp(`^: "${kind}_configs" is not supported: .*${hint}`));
  });
});
