import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { Notification, NotifiedAlert } from '../../core/alertmanager/notification-types.ts';
import type { DeliveryContext } from '../../core/delivery/request.ts';
import { createTemplates } from '../../core/delivery/template.ts';

export const NOW_MS = Date.UTC(2026, 0, 2, 3, 10);
export const HTTP = { followRedirects: false, headers: {} };

/** A VM that crashed at 03:04:05, changed as told. */
export function vmDown(vm: string, changes: Partial<NotifiedAlert> = {}): NotifiedAlert {
  return {
    status: 'firing',
    fingerprint: 'c0ffee0000000001',
    labels: {
      alertname: 'VmDown',
      host: 'hv-1',
      vm,
      uuid: 'u-1',
      reason: 'crashed',
      severity: 'critical',
    },
    annotations: {
      summary: `VM ${vm} on hv-1 is down: crashed`,
      description: `Its process is gone. Start it with: virsh start ${vm}`,
    },
    value: 5,
    expr: 'vm_state == 5',
    startsAtMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    generatorUrl: 'https://hv.example.org/graph?g0.expr=vm_state',
    ...changes,
  };
}

export const CPU_HIGH: NotifiedAlert = vmDown('', {
  labels: { alertname: 'HostCpuHigh', host: 'web-1', severity: 'warning' },
  annotations: { summary: 'CPU of web-1 is 97% busy' },
  value: 97.2345,
  expr: 'avg_over_time(host_cpu_usage_percent[5m]) > 90',
});

export const OVER = { status: 'resolved', endsAtMs: Date.UTC(2026, 0, 2, 3, 9) } as const;

export function notificationOf(
  alerts: readonly NotifiedAlert[],
  changes: Partial<Notification> = {},
): Notification {
  return {
    id: 'n-1',
    receiver: 'ops',
    integration: 'sns[0]',
    groupKey: '{}:{host="hv-1"}',
    groupLabels: { host: 'hv-1' },
    status: alerts.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
    alerts,
    atMs: NOW_MS,
    repeated: false,
    ...changes,
  };
}

export function contextOf(
  files: readonly string[] = [],
  externalUrl = 'https://hv.example.org',
): DeliveryContext {
  const templates = createTemplates(files);
  if (!templates.ok) throw new Error(templates.error);
  return {
    externalUrl,
    templates: templates.value,
    nowMs: NOW_MS,
    sha256Hex: (text) => createHash('sha256').update(text).digest('hex'),
  };
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .constantFrom('"', '\\', '\u0000', '\ud800', '日本語', 'ä€', '\n', '🔥')
    .chain((unit) => fc.integer({ min: 0, max: 9000 }).map((count) => unit.repeat(count))),
);
const anyTexts = fc.dictionary(
  fc.constantFrom('alertname', 'host', 'vm', 'severity', 'summary', 'description', 'a', '__proto_'),
  anyText,
);

const anyAlert: fc.Arbitrary<NotifiedAlert> = fc
  .record({
    status: fc.constantFrom('firing' as const, 'resolved' as const),
    fingerprint: fc.constant('c0ffee0000000001'),
    labels: anyTexts,
    annotations: anyTexts,
    value: fc.double(),
    expr: anyText,
    startsAtMs: fc.integer({ min: 0, max: NOW_MS }),
    generatorUrl: anyText,
    noDataSinceMs: fc.integer({ min: 0, max: NOW_MS }),
  })
  .map((alert) =>
    alert.status === 'resolved' ? { ...alert, endsAtMs: alert.startsAtMs + 1000 } : alert,
  );

/** Notifications as bad as labels can make them, up to thousands of alerts. */
export const anyNotification: fc.Arbitrary<Notification> = fc
  .record({
    alerts: fc.array(anyAlert, { minLength: 1, maxLength: 5 }),
    times: fc.constantFrom(1, 1, 1, 30, 1000),
    receiver: anyText,
    groupKey: anyText,
    repeated: fc.boolean(),
  })
  .map(({ alerts, times, receiver, groupKey, repeated }) =>
    notificationOf(Array.from({ length: times }, () => alerts).flat(), {
      receiver,
      groupKey,
      repeated,
    }),
  );
