import { expect, test } from 'vitest';
import { followMoves } from '../../core/alerting/moved-alerts.ts';
import { notifiedAlert } from '../../core/alerting/notify.ts';
import { FIRST_STATE, type TickState } from '../../core/alerting/tick-state.ts';
import type { NotifiedAlert } from '../../core/alertmanager/notification-types.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import { FIRST_TOPOLOGY, type TopologyState } from '../../core/topology/topology-state.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);

/** An alert about a VM on a host that is over, though its receiver could not be told so yet. */
function overOn(host: string): NotifiedAlert {
  return notifiedAlert(instance(host), undefined);
}

function instance(host: string) {
  return {
    labels: labelsFrom({ alertname: 'VmBusy', host, uuid: 'u1' }),
    annotations: {},
    state: 'inactive',
    value: 1,
    activeAtMs: NOW_MS - 600_000,
    resolvedAtMs: NOW_MS,
  } as const;
}

function stateWith(host: string): TickState {
  const alert = overOn(host);
  const notification = {
    id: 'n1',
    receiver: 'pager',
    integration: 'webhook[0]',
    groupKey: '{}:{}',
    groupLabels: {},
    status: 'resolved',
    alerts: [alert],
    atMs: NOW_MS,
    repeated: false,
  } as const;
  return {
    ...FIRST_STATE,
    alerts: { rule: [instance(host)] },
    groups: {
      g: {
        routeId: '{}',
        groupLabels: {},
        nextFlushMs: NOW_MS,
        firing: [],
        resolved: [alert],
        told: { 'pager/webhook[0]': { atMs: NOW_MS, firing: { [alert.fingerprint]: NOW_MS } } },
        escalated: {},
      },
    },
    outbox: [{ notification, attempts: 0, notBeforeMs: 0 }],
  };
}

function placedOn(host: string): TopologyState {
  const vm = { uuid: 'u1', vm: 'web', places: [{ host, fromMs: NOW_MS }], seen: [] };
  return { ...FIRST_TOPOLOGY, vms: [vm] };
}

test('an end that is still to be told goes along with a VM that moves', () => {
  const state = followMoves(stateWith('h1'), placedOn('h2'));
  const now = overOn('h2');
  expect(state.groups['g']?.resolved).toEqual([now]);
  expect(Object.keys(state.groups['g']?.told['pager/webhook[0]']?.firing ?? {})).toEqual([
    now.fingerprint,
  ]);
  expect(state.outbox.map(({ notification }) => notification.alerts)).toEqual([[now]]);
});
