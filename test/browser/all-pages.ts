import { fingerprint } from '../../core/alertmanager/fingerprint.ts';
import type { World } from '../world/world.ts';

/** Every page with something in it, by the name that pictures have. */
export function allPages({ fleet }: Pick<World, 'fleet'>): Readonly<Record<string, string>> {
  const [first, second, third] = fleet.hosts;
  const host = (third ?? second ?? first)?.name ?? '';
  const vm = fleet.vms.find(({ homes }) => homes[0]?.host === (second ?? first)?.name);
  return {
    overview: '',
    host: `host?name=${host}`,
    vm: `vm?uuid=${vm?.uuid ?? ''}`,
    alerts: 'alerts',
    rules: 'rules',
    graph: `graph?${new URLSearchParams({ 'g0.expr': 'host_cpu_usage_percent', 'g0.tab': '0' })}`,
    routing: 'routing',
    'add-host': 'add-host',
    subscriptions: 'subscriptions',
    tokens: 'tokens',
    audit: 'audit',
    account: 'account',
  };
}

/** It fires in every world. */
const WATCHDOG = fingerprint({ alertname: 'Watchdog', severity: 'none' });

/** Every page, and what else is at its address. */
export function allViews(world: Pick<World, 'fleet'>): Readonly<Record<string, string>> {
  return {
    ...allPages(world),
    alert: `alerts?alert=${WATCHDOG}`,
    'alerts-history': 'alerts?view=history',
    'alerts-silences': 'alerts?view=silences',
  };
}
