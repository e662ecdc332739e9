import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type {
  IntegrationSettings,
  PagerdutySettings,
  SnsSettings,
} from '../../core/alertmanager/integration-types.ts';
import type { Notification } from '../../core/alertmanager/notification-types.ts';
import { deliveryRequest } from '../../core/delivery/delivery-request.ts';
import type { HttpDelivery, SnsPublish } from '../../core/delivery/request.ts';
import {
  anyNotification,
  CPU_HIGH,
  contextOf,
  HTTP,
  notificationOf,
  OVER,
  vmDown,
} from './notifications.ts';

const CONTEXT = contextOf();
const TOPIC: SnsSettings = {
  kind: 'sns',
  target: { topicArn: 'arn:aws:sns:eu-west-1:123456789012:ops' },
  attributes: {},
};
const PAGERDUTY: PagerdutySettings = {
  kind: 'pagerduty',
  url: 'https://events.pagerduty.com/v2/enqueue',
  routingKey: 'routing-key',
  details: {},
  http: HTTP,
};
const NTFY = { kind: 'ntfy', url: 'https://ntfy.sh/', topic: 'ops', http: HTTP } as const;
const SLACK = { kind: 'slack', apiUrl: 'https://slack.example.org/hook', http: HTTP } as const;
const TEAMS = {
  kind: 'msteams',
  webhookUrl: 'https://teams.example.org/hook',
  http: HTTP,
} as const;
const TEAMS_2 = { ...TEAMS, kind: 'msteamsv2' } as const;
const DOWN = notificationOf([vmDown('db')]);
const UP = notificationOf([vmDown('db', OVER)]);

function sent(notification: Notification, settings: IntegrationSettings): HttpDelivery {
  const request = deliveryRequest(notification, settings, CONTEXT);
  if (request.kind !== 'http') throw new Error(request.kind);
  return request;
}

function published(notification: Notification, settings: SnsSettings): SnsPublish {
  const request = deliveryRequest(notification, settings, CONTEXT);
  if (request.kind !== 'sns') throw new Error(request.kind);
  return request.input;
}

describe('SNS', () => {
  test('a topic gets each protocol its own text, and attributes to filter by', () => {
    const input = published(DOWN, { ...TOPIC, attributes: { team: 'db-{{ .Status }}' } });
    expect(input.TopicArn).toBe('arn:aws:sns:eu-west-1:123456789012:ops');
    expect(input.Subject).toBe('[FIRING:1] VmDown: VM db on hv-1 is down: crashed');
    const forms = JSON.parse(input.Message);
    expect(forms.email).toContain('Where      VM db on host hv-1');
    expect(forms.sms).toBe(
      'VM db on hv-1 is down: crashed. Since 03:04 UTC (VmDown) https://hv.example.org/a?wP_uAAAAAAE',
    );
    expect(JSON.parse(forms.default)).toMatchObject({ version: '4', status: 'firing' });
    const attributes = Object.entries(input.MessageAttributes).map(([name, { StringValue }]) => [
      name,
      StringValue,
    ]);
    expect(Object.fromEntries(attributes)).toEqual({
      severity: 'critical',
      status: 'firing',
      alertname: 'VmDown',
      receiver: 'ops',
      team: 'db-firing',
      'AWS.SNS.SMS.SMSType': 'Transactional',
    });
  });

  test('several names of alerts are an array, of which a filter may match one', () => {
    const { alertname, severity } = published(
      notificationOf([vmDown('db'), CPU_HIGH]),
      TOPIC,
    ).MessageAttributes;
    expect(alertname).toEqual({
      DataType: 'String.Array',
      StringValue: '["VmDown","HostCpuHigh"]',
    });
    expect(severity?.StringValue).toBe('critical');
  });

  test('a phone gets the SMS alone, delivered reliably', () => {
    expect(published(DOWN, { ...TOPIC, target: { phoneNumber: '+491234567' } })).toEqual({
      PhoneNumber: '+491234567',
      Message:
        'VM db on hv-1 is down: crashed. Since 03:04 UTC (VmDown) https://hv.example.org/a?wP_uAAAAAAE',
      MessageAttributes: {
        'AWS.SNS.SMS.SMSType': { DataType: 'String', StringValue: 'Transactional' },
      },
    });
  });

  test('a mobile device gets a title and a line in the form of its service', () => {
    const targetArn = 'arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/app/1';
    const forms = JSON.parse(published(DOWN, { ...TOPIC, target: { targetArn } }).Message);
    const alert = {
      title: '[FIRING:1] VmDown: VM db on hv-1 is down: crashed',
      body: 'VM db on hv-1 is down: crashed',
    };
    expect(JSON.parse(forms.GCM).fcmV1Message.message.notification).toEqual(alert);
    expect(JSON.parse(forms.APNS).aps.alert).toEqual(alert);
    expect(forms.APNS_SANDBOX).toBe(forms.APNS);
  });

  test('a FIFO topic keeps the order of a group and drops what is sent twice', () => {
    const fifo = { ...TOPIC, target: { topicArn: 'arn:aws:sns:eu-west-1:1:ops.fifo' } };
    const [first, second] = [published(DOWN, fifo), published({ ...UP, id: 'n-2' }, fifo)];
    expect(first.MessageGroupId).toBe(second.MessageGroupId);
    expect(first.MessageDeduplicationId).not.toBe(second.MessageDeduplicationId);
    expect(published(DOWN, fifo)).toEqual(first);
  });

  test('own subject and text are fitted to what SNS takes', () => {
    const input = published(DOWN, {
      ...TOPIC,
      subject: 'Störung:\n{{ .Status }} '.repeat(20),
      message: 'x'.repeat(300_000),
    });
    expect(input.Subject).toMatch(/^Storung: firing [ -~]{1,84}$/);
    expect(Buffer.byteLength(input.Message)).toBeLessThan(256 << 10);
  });
});

describe('PagerDuty', () => {
  test('a group is one incident: the same key opens and resolves it', () => {
    const [trigger, resolve] = [DOWN, UP].map((told) => JSON.parse(sent(told, PAGERDUTY).body));
    expect(trigger).toMatchObject({
      routing_key: 'routing-key',
      event_action: 'trigger',
      client: 'Hypervigil',
      client_url: 'https://hv.example.org',
      links: [{ href: 'https://hv.example.org/graph?g0.expr=vm_state', text: 'Graph' }],
      payload: {
        summary: '[FIRING:1] VmDown: VM db on hv-1 is down: crashed',
        source: 'db on hv-1',
        severity: 'critical',
        timestamp: '2026-01-02T03:04:05.000Z',
      },
    });
    // SHA-256 of the group's key, so that moving here from Alertmanager opens no second incident.
    expect(trigger.dedup_key).toBe(CONTEXT.sha256Hex('{}:{host="hv-1"}'));
    expect(resolve).toMatchObject({ event_action: 'resolve', dedup_key: trigger.dedup_key });
  });

  test('a severity that PagerDuty does not know becomes one it knows', () => {
    const told = notificationOf([vmDown('db', { labels: { alertname: 'X', severity: 'page' } })]);
    expect(JSON.parse(sent(told, PAGERDUTY).body).payload.severity).toBe('error');
    const own = { ...PAGERDUTY, severity: '{{ .CommonLabels.severity }}' };
    expect(JSON.parse(sent(DOWN, own).body).payload.severity).toBe('critical');
  });

  test('own details are templates', () => {
    const own = { ...PAGERDUTY, details: { runbook: 'https://wiki/{{ .GroupLabels.host }}' } };
    expect(JSON.parse(sent(DOWN, own).body).payload.custom_details).toMatchObject({
      runbook: 'https://wiki/hv-1',
      num_firing: '1',
    });
  });
});

describe('Slack', () => {
  test('an attachment coloured by status', () => {
    const [firing, resolved] = [DOWN, UP].map((told) => JSON.parse(sent(told, SLACK).body));
    expect(firing.attachments[0]).toMatchObject({
      color: 'danger',
      title_link: 'https://hv.example.org',
    });
    expect(resolved.attachments[0].color).toBe('good');
    expect(firing.attachments[0].text).toContain('*Where:* VM db on host hv-1');
  });

  test('a title keeps the letters of the alert; only the subject of an email is ASCII', () => {
    const told = notificationOf([vmDown('db', { annotations: { summary: 'Speicher über 日本' } })]);
    const title = '[FIRING:1] VmDown: Speicher über 日本';
    expect(JSON.parse(sent(told, SLACK).body).attachments[0]).toMatchObject({
      title,
      fallback: title,
    });
    const { Subject, Message } = published(told, TOPIC);
    expect(Subject).toBe('[FIRING:1] VmDown: Speicher uber ??');
    expect(JSON.parse(JSON.parse(Message).APNS).aps.alert.title).toBe(title);
  });

  test('what is in labels is no markup', () => {
    const told = notificationOf([vmDown('db', { annotations: { summary: '<!channel> & co' } })]);
    expect(JSON.parse(sent(told, SLACK).body).attachments[0].text).toContain(
      '*&lt;!channel&gt; &amp; co*',
    );
  });

  test('a 200 that says no is a failure, which may pass or not', () => {
    const judge = sent(DOWN, SLACK).judge;
    expect(judge?.('ok')).toBeUndefined();
    expect(judge?.('')).toBeUndefined();
    expect(judge?.('{"ok":true}')).toBeUndefined();
    expect(judge?.('{"ok":false,"error":"ratelimited"}')?.retry).toBe(true);
    expect(judge?.('{"ok":false,"error":"channel_not_found"}')).toEqual({
      reason: 'Slack answers: channel_not_found',
      retry: false,
    });
  });
});

describe('Teams', () => {
  test('a connector card and an adaptive card', () => {
    expect(JSON.parse(sent(UP, TEAMS).body)).toMatchObject({
      '@type': 'MessageCard',
      title: '[RESOLVED] VmDown: VM db on hv-1 is down: crashed',
      themeColor: '2DC72D',
    });
    const { content } = JSON.parse(sent(DOWN, TEAMS_2).body).attachments[0];
    expect(content.body[0]).toMatchObject({ type: 'TextBlock', color: 'Attention' });
    expect(content.body[1].text).toContain('**Where:** VM db on host hv-1');
  });

  test('a throttled connector answers 200', () => {
    const { judge } = sent(DOWN, TEAMS);
    expect(judge?.('1')).toBeUndefined();
    expect(judge?.('Microsoft Teams endpoint returned HTTP error 429')?.retry).toBe(true);
    expect(judge?.('Microsoft Teams endpoint returned HTTP error 413')?.retry).toBe(false);
  });
});

describe('ntfy', () => {
  test('a title, a short text, a priority by severity, a link', () => {
    const request = sent(DOWN, NTFY);
    expect(request.url).toBe('https://ntfy.sh/');
    expect(JSON.parse(request.body)).toMatchObject({
      topic: 'ops',
      title: '[FIRING:1] VmDown: VM db on hv-1 is down: crashed',
      priority: 5,
      tags: ['rotating_light'],
      click: 'https://hv.example.org/graph?g0.expr=vm_state',
    });
    expect(JSON.parse(sent(UP, NTFY).body)).toMatchObject({
      priority: 3,
      tags: ['white_check_mark'],
    });
    expect(JSON.parse(sent(DOWN, { ...NTFY, priority: 2 }).body).priority).toBe(2);
  });
});

test('http_config: credentials, own headers, and none of them may be shown', () => {
  const http = {
    followRedirects: true,
    authorization: { type: 'Bearer', credentials: 'token-1234' },
    headers: { 'X-Team': 'virtualization' },
  };
  const request = sent(DOWN, { ...NTFY, http });
  expect(request).toMatchObject({ followRedirects: true });
  expect(request.headers).toMatchObject({
    authorization: 'Bearer token-1234',
    'x-team': 'virtualization',
  });
  expect(request.secrets).toContain('token-1234');
  const basic = { ...HTTP, basicAuth: { username: 'me', password: 'pass' } };
  expect(sent(DOWN, { ...NTFY, http: basic }).headers['authorization']).toBe('Basic bWU6cGFzcw==');
});

test('whatever is in the labels, every service takes the message', () => {
  const attributes = { own: '{{ .CommonLabels }}', '..': 'x', empty: '' };
  fc.assert(
    fc.property(anyNotification, (told) => {
      const input = published(told, { ...TOPIC, attributes });
      const named = Object.entries(input.MessageAttributes).flatMap(([name, { StringValue }]) => {
        expect(StringValue).not.toBe('');
        return [name, StringValue];
      });
      const bytes = Buffer.byteLength([input.Message, input.Subject, ...named].join(''));
      expect(bytes).toBeLessThanOrEqual(256 << 10);
      expect(input.Subject).toMatch(/^[ -~]{1,100}$/);
      const forms = JSON.parse(input.Message);
      expect(Buffer.byteLength(forms.GCM)).toBeLessThan(4096);
      expect(Buffer.byteLength(forms.APNS)).toBeLessThan(4096);
      expect(JSON.parse(forms.default).alerts.length).toBeGreaterThan(0);

      expect(Buffer.byteLength(sent(told, TEAMS).body)).toBeLessThanOrEqual(28_000);
      expect(Buffer.byteLength(sent(told, TEAMS_2).body)).toBeLessThanOrEqual(28_000);
      expect(Buffer.byteLength(sent(told, PAGERDUTY).body)).toBeLessThanOrEqual(512_000);
      expect(JSON.parse(sent(told, PAGERDUTY).body).payload.summary.length).toBeLessThanOrEqual(
        1024,
      );
      const push = JSON.parse(sent(told, NTFY).body);
      expect(Buffer.byteLength(push.message)).toBeLessThanOrEqual(4096);
      expect(sent(told, SLACK).body.length).toBeLessThan(100_000);
    }),
    { numRuns: 40 },
  );
}, 60_000);
