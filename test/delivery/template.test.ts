import { describe, expect, test } from 'vitest';
import { checkTexts } from '../../core/delivery/check-texts.ts';
import { deliveryRequest } from '../../core/delivery/delivery-request.ts';
import { createRenderer, createTemplates } from '../../core/delivery/template.ts';
import { CPU_HIGH, contextOf, HTTP, notificationOf, OVER, vmDown } from './notifications.ts';

const GROUP = notificationOf([vmDown('a'), vmDown('b'), vmDown('c', OVER)], { receiver: 'a.b' });

function rendered(text: string, files: readonly string[] = [], notification = GROUP): string {
  const result = createRenderer(notification, contextOf(files))(text);
  return result.ok ? result.value : `failed ${result.error}`;
}

describe('what a template sees', () => {
  test.each([
    ['{{ .Receiver }} {{ .Status }} {{ .ExternalURL }}', 'a\\.b firing https://hv.example.org'],
    ['{{ len .Alerts }} {{ len .Alerts.Firing }} {{ .Alerts.Resolved | len }}', '3 2 1'],
    [
      '{{ .GroupLabels.host }}, {{ .CommonLabels }}',
      'hv-1, alertname=VmDown, host=hv-1, reason=crashed, severity=critical, uuid=u-1',
    ],
    ['{{ .CommonLabels.Names | join "," }}', 'alertname,host,reason,severity,uuid'],
    ['{{ .CommonLabels.Values.Join "/" }}', 'VmDown/hv-1/crashed/critical/u-1'],
    [
      '{{ (.CommonLabels.Remove (stringSlice "uuid" "reason")).SortedPairs }}',
      'alertname=VmDown, host=hv-1, severity=critical',
    ],
    [
      '{{ with .CommonLabels.Remove .GroupLabels.Names }}{{ .Values | join " " }}{{ end }}',
      'VmDown crashed critical u-1',
    ],
    [
      '{{ range .CommonLabels.SortedPairs }}{{ .Name }}={{ .Value }};{{ end }}',
      'alertname=VmDown;host=hv-1;reason=crashed;severity=critical;uuid=u-1;',
    ],
    [
      '{{ range .Alerts }}{{ .Labels.vm }} {{ .Status }} {{ .Annotations.summary }};{{ end }}',
      'a firing VM a on hv-1 is down: crashed;b firing VM b on hv-1 is down: crashed;c resolved VM c on hv-1 is down: crashed;',
    ],
    [
      '{{ (index .Alerts 2).EndsAt }} {{ (index .Alerts 0).EndsAt.IsZero }}',
      '2026-01-02 03:09:00 +0000 UTC true',
    ],
    ['{{ (index .Alerts 0).Fingerprint }} {{ (index .Alerts 0).Value }}', 'c0ffee0000000001 5'],
    ['{{ .CommonLabels.none }}|{{ .GroupKey }}|{{ .Repeated }}', '|{}:{host="hv-1"}|false'],
  ])('%s', (text, expected) => {
    expect(rendered(text)).toBe(expected);
  });

  test('of our own: since when there is no data, and how it flaps', () => {
    const sinceMs = Date.UTC(2026, 0, 2, 3, 0);
    const alert = {
      ...CPU_HIGH,
      noDataSinceMs: sinceMs,
      flapping: { times: 4, sinceMs, quietMs: 900_000 },
    };
    const text =
      '{{ range .Alerts }}{{ with .NoDataSince }}{{ . | date "15:04" }}{{ end }} {{ .Value | printf "%.1f" }} {{ with .Flapping }}{{ .Times }}x {{ .Quiet }}{{ end }}{{ end }}';
    expect(rendered(text, [], notificationOf([alert]))).toBe('03:00 97.2 4x 15m0s');
    expect(rendered(text, [], notificationOf([CPU_HIGH]))).toBe(' 97.2 ');
  });
});

describe("Alertmanager's functions", () => {
  test.each([
    [
      '{{ "hELLO wORLD" | title }} {{ toUpper "a" }}{{ toLower "B" }}{{ trimSpace "  x " }}',
      'Hello World Abx',
    ],
    ['{{ match "^a+$" "aaa" }} {{ reReplaceAll "(a)(b)" "$2$1" "xabx" }}', 'true xbax'],
    ['{{ join "-" (stringSlice "a" "b") }} {{ safeHtml "<" }}{{ safeUrl "&" }}', 'a-b <&'],
    ['{{ urlUnescape "a%20b+c" }} {{ base64decode (base64encode "ä?") }}', 'a b c ä?'],
    ['{{ (index .Alerts 0).StartsAt | date "2006-01-02 15:04:05" }}', '2026-01-02 03:04:05'],
    [
      '{{ (index .Alerts 0).StartsAt | tz "Europe/Paris" | date "15:04 MST -0700" }}',
      '04:04 CET +0100',
    ],
    ['{{ (index .Alerts 0).StartsAt | tz "America/New_York" }}', '2026-01-01 22:04:05 -0500 EST'],
    [
      '{{ since (index .Alerts 0).StartsAt }} {{ since (index .Alerts 0).StartsAt | humanizeDuration }}',
      '5m55s 5m 55s',
    ],
    [
      '{{ toJson .GroupLabels }} {{ toJson (list 1 "<a>" true) }}',
      '{"host":"hv-1"} [1,"\\u003ca\\u003e",true]',
    ],
    ['{{ range append (list "a") "b" }}{{ . }}{{ end }} {{ (dict "k" "v").k }}', 'ab v'],
  ])('%s', (text, expected) => {
    expect(rendered(text)).toBe(expected);
  });

  test('an alert as JSON is what a webhook gets', () => {
    expect(JSON.parse(rendered('{{ toJson (index .Alerts 2) }}'))).toMatchObject({
      status: 'resolved',
      startsAt: '2026-01-02T03:04:05Z',
      endsAt: '2026-01-02T03:09:00Z',
      generatorURL: 'https://hv.example.org/graph?g0.expr=vm_state',
    });
  });
});

describe('named templates', () => {
  test('are defined in files and used with a dot of their own', () => {
    const file =
      '{{ define "one" }}{{ $x := .Labels.vm }}[{{ $x }}]{{ end }} text between is nothing';
    expect(rendered('{{ range .Alerts }}{{ template "one" . }}{{ end }}', [file])).toBe(
      '[a][b][c]',
    );
  });

  test('may use each other in any order; a block defines and uses', () => {
    const files = ['{{ define "a" }}{{ template "b" . }}!{{ end }}', '{{ define "b" }}b{{ end }}'];
    expect(rendered('{{ template "a" }}{{ block "c" .Status }}<{{ . }}>{{ end }}', files)).toBe(
      'b!<firing>',
    );
  });

  test('of a file take the place of the default, an empty one does not', () => {
    const file = '{{ define "slack.default.title" }}Ours: {{ .Status }}{{ end }}';
    const empty = '{{ define "sns.default.subject" }} {{ end }}';
    expect(rendered('{{ template "slack.default.title" . }}', [file])).toBe('Ours: firing');
    expect(rendered('{{ template "sns.default.subject" . }}', [empty])).toBe(
      '[FIRING:2] VmDown on hv-1: a, b',
    );
  });

  test('that call themselves for ever fail, and do not take the sender down', () => {
    expect(
      rendered('{{ template "a" . }}', ['{{ define "a" }}{{ template "a" . }}{{ end }}']),
    ).toMatch(/^failed .*more than 100 templates inside each other/);
    const bomb =
      '{{ define "b" }}{{ range $i := 10 }}{{ range $j := 1000 }}{{ template "c" . }}{{ end }}{{ end }}{{ end }}{{ define "c" }}{{ range $i := 100000 }}x{{ end }}{{ end }}';
    expect(rendered('{{ template "b" . }}', [bomb])).toMatch(
      /^failed .*more than \d+ (steps|characters)/,
    );
  });

  test.each([
    ['{{ define "a" }}x', 'template file 1: line 1: unexpected EOF'],
    ['\n{{ define a }}{{ end }}', 'template file 1: line 2: unexpected "a" in define clause'],
    [
      '{{ if true }}{{ define "a" }}{{ end }}{{ end }}',
      'template file 1: line 1: unexpected {{define}}',
    ],
    [
      '{{ define "a" }}x{{ end }}{{ define "a" }}y{{ end }}',
      'template file 1: line 1: multiple definition of template "a"',
    ],
    [
      '{{ define "a" }}{{ .Labels | nosuch }}{{ end }}',
      'template file 1: line 1: function "nosuch" not defined',
    ],
    [
      '{{ $x := 1 }}{{ define "a" }}{{ $x }}{{ end }}',
      'template file 1: line 1: undefined variable "$x"',
    ],
  ])('%j is refused', (file, error) => {
    expect(createTemplates([file])).toEqual({ ok: false, error });
  });
});

describe('the texts of a configuration are checked when it is read', () => {
  const ntfy = { kind: 'ntfy', url: 'https://ntfy.sh', topic: 't', http: HTTP } as const;

  test.each([
    [
      { ...ntfy, title: '{{ .Status }}', message: 'a\n{{ .Status' },
      'message: line 2: unclosed action',
    ],
    [
      { ...ntfy, title: '{{ if .Status }}{{ template "mine" . }}{{ end }}' },
      'title: template "gone" is defined nowhere',
    ],
    [
      {
        kind: 'sns',
        target: { topicArn: 'arn:aws:sns:eu-west-1:1:t' },
        attributes: { team: '{{ nosuch }}' },
      } as const,
      'team: line 1: function "nosuch" not defined',
    ],
  ])('%j', (settings, error) => {
    const { templates } = contextOf(['{{ define "mine" }}{{ template "gone" }}{{ end }}']);
    expect(checkTexts(settings, templates)).toEqual({ ok: false, error });
  });

  test('and pass when all is there', () => {
    const { templates } = contextOf(['{{ define "mine" }}{{ template "mine" }}{{ end }}']);
    const settings = {
      ...ntfy,
      title: '{{ template "ntfy.default.title" . }}{{ template "mine" }}',
    };
    expect(checkTexts(settings, templates)).toEqual({ ok: true, value: undefined });
  });
});

describe('a template that fails when it is sent', () => {
  const slack = { kind: 'slack', apiUrl: 'https://slack.example.org/x', http: HTTP } as const;

  test('leaves the default text in its place, and the message says why', () => {
    const request = deliveryRequest(
      GROUP,
      { ...slack, title: '{{ .Alerts.Nothing }}', text: 'own text' },
      contextOf(),
    );
    if (request.kind !== 'http') throw new Error(request.kind);
    const [attachment] = JSON.parse(request.body).attachments;
    expect(attachment.title).toBe('[FIRING:2] VmDown on hv-1: a, b');
    expect(attachment.text).toBe(
      `own text\n\nThe template of slack.default.title failed: at <.Alerts.Nothing>: can't evaluate field Nothing in type template.Alerts`,
    );
  });

  test('also when it names a template that is not there, in a file that redefines a default', () => {
    const file = '{{ define "slack.default.text" }}{{ template "gone" . }}{{ end }}';
    const request = deliveryRequest(GROUP, slack, contextOf([file]));
    if (request.kind !== 'http') throw new Error(request.kind);
    const { text } = JSON.parse(request.body).attachments[0];
    expect(text).toContain('*VM a on hv-1 is down: crashed*');
    expect(text).toContain('template "gone" not defined');
  });
});
