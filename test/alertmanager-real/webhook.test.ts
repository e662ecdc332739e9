import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { afterEach, expect, test } from 'vitest';
import { fingerprint } from '../../core/alertmanager/fingerprint.ts';
import type { IntegrationSettings } from '../../core/alertmanager/integration-types.ts';
import type { Notification, NotifiedAlert } from '../../core/alertmanager/notification-types.ts';
import { deliveryRequest } from '../../core/delivery/delivery-request.ts';
import { silenceCommand } from '../../core/delivery/silence-command.ts';
import { createRenderer } from '../../core/delivery/template.ts';
import { webhookPayload } from '../../core/delivery/webhook.ts';
import { contextOf, HTTP, notificationOf, OVER, vmDown } from '../delivery/notifications.ts';
import { startTarget, type Target } from '../notify/target.ts';
import { amtool, until, withAlertmanager, withFile } from './programs.ts';

const GROUP_KEY = '{}/{host=~"hv.+"}:{host="hv-1"}';
const TITLE = '{{ .Status | toUpper }} {{ .CommonLabels.Values }} {{ .Alerts.Firing | len }}';
const TEXT =
  '{{ range .Alerts }}{{ .Labels.SortedPairs.Values | join "/" }} {{ .StartsAt }} {{ .EndsAt }} {{ .Annotations.Values }}\n{{ end }}{{ template "__text_alert_list" .Alerts }}';

let target: Target | undefined;

afterEach(async () => {
  await target?.close();
  target = undefined;
});

async function startReceiver(): Promise<Target> {
  target = await startTarget(({ path }) => ({
    status: 200,
    body: path === '/slack' ? 'ok' : '{}',
  }));
  return target;
}

function configFor(url: string): string {
  return JSON.stringify({
    route: {
      receiver: 'web.hook',
      group_wait: '100ms',
      group_interval: '200ms',
      routes: [{ receiver: 'web.hook', matchers: ['host=~"hv.+"'], group_by: ['host'] }],
    },
    receivers: [
      {
        name: 'web.hook',
        webhook_configs: [{ url: `${url}/all` }, { url: `${url}/first`, max_alerts: 1 }],
        slack_configs: [
          {
            api_url: `${url}/slack`,
            channel: '#ops',
            send_resolved: true,
            title: TITLE,
            text: TEXT,
          },
        ],
        pagerduty_configs: [{ url: `${url}/pagerduty`, routing_key: 'r', severity: 'critical' }],
      },
    ],
  });
}

/** The alert as a client posts it. */
function posted({
  labels,
  annotations,
  startsAtMs,
  endsAtMs,
  generatorUrl,
}: NotifiedAlert): unknown {
  return {
    labels,
    annotations,
    startsAt: new Date(startsAtMs).toISOString(),
    ...(endsAtMs === undefined ? {} : { endsAt: new Date(endsAtMs).toISOString() }),
    generatorURL: generatorUrl,
  };
}

async function post(url: string, alerts: readonly NotifiedAlert[]): Promise<void> {
  const response = await fetch(`${url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts.map(posted)),
  });
  expect([response.status, await response.text()]).toEqual([200, '']);
}

const payloadSchema = v.looseObject({
  status: v.string(),
  externalURL: v.string(),
  alerts: v.array(v.looseObject({ fingerprint: v.string(), status: v.string() })),
});
type Payload = v.InferOutput<typeof payloadSchema>;

/** Bodies that a path was sent, in order. */
function sentTo({ seen }: Target, path: string): unknown[] {
  return seen.filter((one) => one.path === path).map(({ body }) => JSON.parse(body));
}

function payloadsOf(receiver: Target, path: string): Payload[] {
  return sentTo(receiver, path).map((body) => v.parse(payloadSchema, body));
}

/** In one order: Alertmanager's is by labels, ours has the firing alerts first. */
function inOrder(payload: unknown): Payload {
  const parsed = v.parse(payloadSchema, payload);
  const alerts = parsed.alerts.toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
  return { ...parsed, alerts };
}

function alertOf(vm: string, changes: Partial<NotifiedAlert> = {}): NotifiedAlert {
  const alert = vmDown(vm, { startsAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 120), ...changes });
  return { ...alert, fingerprint: fingerprint(alert.labels) };
}

function told(alerts: readonly NotifiedAlert[]): Notification {
  return notificationOf(alerts, { receiver: 'web.hook', groupKey: GROUP_KEY });
}

const sentSchema = v.looseObject({
  attachments: v.optional(v.array(v.looseObject({ title: v.string(), text: v.string() }))),
  dedup_key: v.optional(v.string()),
});

function ours(notification: Notification, settings: IntegrationSettings, externalUrl: string) {
  const request = deliveryRequest(notification, settings, contextOf([], externalUrl));
  if (request.kind !== 'http') throw new Error(request.kind);
  return v.parse(sentSchema, JSON.parse(request.body));
}

test('the same alerts give the same webhooks, Slack texts and PagerDuty keys', async () => {
  const receiver = await startReceiver();
  await withAlertmanager(configFor(receiver.url), async (url) => {
    const firing = [alertOf('a'), alertOf('b <&> "ä"')];
    await post(url, firing);
    await until(async () => receiver.seen.length >= 4);
    const half = [alertOf('a'), alertOf('b <&> "ä"', OVER)];
    await post(url, half);
    await until(async () => payloadsOf(receiver, '/all').length >= 2);
    const over = [alertOf('a', OVER)];
    await post(url, over);
    await until(async () => payloadsOf(receiver, '/all').length >= 3);
    await until(async () => sentTo(receiver, '/slack').length >= 3);
    await until(async () => sentTo(receiver, '/pagerduty').length >= 3);

    const theirs = payloadsOf(receiver, '/all');
    const externalUrl = theirs[0]?.externalURL ?? '';
    const notifications = [firing, half, over].map(told);
    for (const [i, notification] of notifications.entries())
      expect(inOrder(theirs[i])).toEqual(inOrder(webhookPayload(notification, externalUrl, 0)));
    // Which of the alerts is the first is Alertmanager's choice.
    const [first] = payloadsOf(receiver, '/first');
    expect(first).toEqual(webhookPayload(told(firing), externalUrl, 1));

    const slack = { kind: 'slack', apiUrl: url, title: TITLE, text: TEXT, http: HTTP } as const;
    const pagerduty = { kind: 'pagerduty', url, routingKey: 'r', details: {}, http: HTTP } as const;
    for (const [i, notification] of notifications.entries()) {
      const shown = v.parse(sentSchema, sentTo(receiver, '/slack')[i]).attachments?.[0];
      const own = ours(notification, slack, externalUrl).attachments?.[0];
      expect(own?.title).toBe(shown?.title);
      expect(own?.text.split('\n').sort()).toEqual(shown?.text.split('\n').sort());
      expect(sentTo(receiver, '/pagerduty')[i]).toMatchObject({
        dedup_key: ours(notification, pagerduty, externalUrl).dedup_key,
        event_action: notification.status === 'firing' ? 'trigger' : 'resolve',
      });
    }
  });
});

const TEMPLATES = `{{ define "own.list" }}{{ range .Alerts.Firing }}
- {{ .Labels.vm }}: {{ .Annotations.summary }}{{ if .Labels.none }} none{{ else if eq .Status "firing" }} !{{ end }}{{ end }}{{ end }}
{{ define "own.title" -}}
  {{ $top := . }}{{ with .GroupLabels }}{{ .host }}{{ end }}:{{ block "own.inner" .Alerts }}{{ len . }}{{ end }}
{{- end }}
{{ define "slack.default.title" }}mine {{ template "own.title" . }}{{ end }}`;

// Later Alertmanagers have more (`date`, `tz`, `toJson`, `Join`, labels as text): Debian's has not.
const TEXTS = [
  '{{ template "own.list" . }}',
  '{{ template "own.title" . }}',
  '{{ template "slack.default.title" . }}',
  '{{ .CommonLabels.Values }} {{ .CommonAnnotations.Names }}',
  '{{ (.CommonLabels.Remove .GroupLabels.Names).Values | join " " | title }}',
  '{{ .CommonLabels.SortedPairs.Names | join "+" }} {{ (.CommonLabels.Remove (stringSlice "host")).Names }}',
  '{{ range $i, $a := .Alerts }}{{ if $i }}, {{ end }}{{ $a.Labels.vm | toUpper | reReplaceAll "(.)" "<$1>" }}{{ end }}',
  '{{ range .Alerts }}{{ .StartsAt.Format "Mon Jan 2 15:04:05.000 MST 2006" }} {{ .EndsAt.IsZero }};{{ end }}',
  '{{ range .Alerts.Resolved }}{{ .EndsAt.Sub .StartsAt }}{{ end }}',
  '{{ len .Alerts }} {{ gt (len .CommonLabels) (len .GroupLabels) }} {{ match "^hv" .GroupLabels.host }}',
  '{{ .Receiver }} {{ .Receiver | urlquery }} {{ .ExternalURL }} {{ .CommonLabels.none }}|',
  '{{ range $k, $v := .CommonLabels }}{{ $k }}:{{ $v }};{{ end }}{{ printf "%s %v %q %d" .Status .GroupLabels.Names .Status (len .Alerts) }}',
  '{{ (index .Alerts 0).Labels.vm }} {{ index .CommonLabels "host" }} {{ slice .Status 1 3 }}',
  '{{ template "gone" . }}',
  '{{ .Nothing }}',
  '{{ .Alerts.Nothing }}',
  '{{ .Status.Nothing }}',
  '{{ index .Alerts 9 }}',
];

test('templates give what amtool makes of them', async () => {
  const notification = told([alertOf('a'), alertOf('b'), alertOf('c', OVER)]);
  const context = contextOf([TEMPLATES]);
  const data = JSON.stringify(webhookPayload(notification, context.externalUrl, 0));
  const render = createRenderer(notification, context);
  await withFile(data, (dataPath) =>
    withFile(TEMPLATES, async (templatePath) => {
      for (const text of TEXTS) {
        const args = [`--template.glob=${templatePath}`, `--template.data=${dataPath}`];
        const theirs = await amtool('template', 'render', ...args, `--template.text=${text}`);
        const own = render(text);
        expect([text, own.ok]).toEqual([text, theirs.ok]);
        // amtool ends what it prints with the end of a line.
        if (own.ok) expect([text, own.value]).toEqual([text, theirs.stdout.replace(/\n$/, '')]);
      }
    }),
  );
});

const silencesSchema = v.array(
  v.object({ matchers: v.array(v.looseObject({ name: v.string(), value: v.string() })) }),
);

test('the command that a message ends with silences the alert', async () => {
  const config = 'route: {receiver: none}\nreceivers: [{name: none}]';
  await withAlertmanager(config, async (url) => {
    for (const vm of ['db', `it's "b" \\ $HOME 日本\n`]) {
      const labels = { alertname: 'VmDown', vm, host: 'hv-1', severity: 'critical' };
      const command = silenceCommand([alertOf(vm, { labels })], url);
      if (command === undefined) throw new Error('no command');
      await promisify(execFile)('sh', ['-c', command]);
      const silences = await (await fetch(`${url}/api/v2/silences`)).json();
      const made = v
        .parse(silencesSchema, silences)
        .map(({ matchers }) =>
          Object.fromEntries(matchers.map(({ name, value }) => [name, value])),
        );
      expect(made).toContainEqual({ alertname: 'VmDown', vm, host: 'hv-1' });
    }
  });
});
