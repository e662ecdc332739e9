import { FOR_PROGRAMS } from '../../../core/alerting/severity.ts';
import type { NotifiedAlert } from '../../../core/alertmanager/notification-types.ts';
import type { AlertView } from './view-state.ts';

/** The alerts of a tick as the view lists them: those that began last first; none that are not meant for people. */
export function alertViews(report: {
  readonly firing: readonly NotifiedAlert[];
  readonly pending: readonly NotifiedAlert[];
}): AlertView[] {
  return [
    ...report.firing.map((alert) => alertView('firing', alert)),
    ...report.pending.map((alert) => alertView('pending', alert)),
  ]
    .filter(({ severity }) => severity !== FOR_PROGRAMS)
    .sort((a, b) => b.sinceMs - a.sinceMs);
}

function alertView(state: AlertView['state'], alert: NotifiedAlert): AlertView {
  const { alertname = 'alert', severity = 'warning', ...identity } = alert.labels;
  const labels = Object.entries(identity).map(([name, value]) => `${name}=${value}`);
  const about = alert.annotations['summary'] ?? labels.join(' ');
  return { state, name: alertname, severity, about, sinceMs: alert.startsAtMs };
}
