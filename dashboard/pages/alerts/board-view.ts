import type { AlertBoard, BoardAlert, BoardGroup } from '../../../core/answers/alert-board.ts';
import { messages, t } from '../../i18n/language.ts';
import type { View } from './address.ts';

/** Views that show alerts of the board. */
export type BoardView = Exclude<View, 'silences' | 'history'>;

/** Alerts that were told together, or will be. */
export interface ToldGroup {
  readonly key: string;
  readonly receivers: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly alerts: readonly BoardAlert[];
}

function isMuted({ silencedBy, inhibitedBy, mutedBy }: BoardAlert): boolean {
  return silencedBy.length + inhibitedBy.length + mutedBy.length > 0;
}

/** Is an alert shown in a view? One without data fires, and is in both. */
export function isIn(view: BoardView, alert: BoardAlert): boolean {
  switch (view) {
    case 'firing':
      return alert.state === 'firing' && !isMuted(alert);
    case 'muted':
      return alert.state === 'firing' && isMuted(alert);
    case 'no-data':
      return alert.noDataSinceMs !== undefined;
    default:
      return alert.state === view;
  }
}

/** How many alerts a view has; of silences those that hold or will. */
export function countOf(view: View, { counts, silences }: AlertBoard): number | undefined {
  switch (view) {
    case 'silences':
      return silences.filter(({ state }) => state !== 'expired').length;
    case 'history':
      return undefined;
    case 'no-data':
      return counts.noData;
    default:
      return counts[view];
  }
}

/** The alerts of a view, grouped as they are told: in the order of the first of each group. */
export function groupsOf(view: BoardView, alerts: readonly BoardAlert[]): ToldGroup[] {
  const wanted = alerts.filter((alert) => isIn(view, alert));
  return [...Map.groupBy(wanted, ({ groups }) => groupsKey(groups))].map(([key, ofGroup]) => {
    const groups = ofGroup[0]?.groups ?? [];
    return {
      key,
      receivers: [...new Set(groups.map(({ receiver }) => receiver))],
      labels: Object.assign({}, ...groups.map(({ groupLabels }) => groupLabels)),
      alerts: ofGroup,
    };
  });
}

function groupsKey(groups: readonly BoardGroup[]): string {
  return JSON.stringify(groups.map(({ routeId, groupLabels }) => [routeId, groupLabels]));
}

/** `HostDown: web-1`, `VmDiskFull: mail on hv-1`. */
export function titleOf(labels: Readonly<Record<string, string>>): string {
  const { alertname = '' } = labels;
  const place = placeOf(labels);
  return place === undefined ? alertname : `${alertname}: ${place}`;
}

/** `web-1`, `mail on hv-1`: what an alert is about; `undefined`: neither a host nor anything on one. */
export function placeOf(labels: Readonly<Record<string, string>>): string | undefined {
  const { vm, container, host } = labels;
  const thing = [container, vm].filter((name) => name !== undefined).join(' · ');
  return thing !== '' && host !== undefined ? t(PLACE.on, thing, host) : thing || host;
}

const PLACE = messages({
  on: {
    en: (thing: string, host: string) => `${thing} on ${host}`,
    zh: (thing: string, host: string) => `${host} 上的 ${thing}`,
  },
});

/** Labels that alerts have in common: what a silence of all of them asks for. */
export function commonLabels(
  alerts: readonly Pick<BoardAlert, 'labels'>[],
): Record<string, string> {
  const [first, ...others] = alerts;
  return Object.fromEntries(
    Object.entries(first?.labels ?? {}).filter(([name, value]) =>
      others.every(({ labels }) => labels[name] === value),
    ),
  );
}

/** Since when it is as it is: over, firing, or pending. */
export function sinceOf(alert: BoardAlert): number {
  const { resolvedAtMs, firedAtMs, activeAtMs } = alert;
  return resolvedAtMs ?? firedAtMs ?? activeAtMs;
}

/** Labels that say more than the title and the group. */
export function otherLabels(
  labels: Readonly<Record<string, string>>,
  groupLabels: Readonly<Record<string, string>> = {},
): [string, string][] {
  const said = new Set(['alertname', 'severity', 'host', 'vm', 'container', 'uuid']);
  return Object.entries(labels).filter(
    ([name, value]) => !said.has(name) && groupLabels[name] !== value,
  );
}

/** A runbook that can be opened: whatever a rule file says, no script is run from there. */
export function runbookOf(annotations: Readonly<Record<string, string>>): string | undefined {
  const url = URL.parse(annotations['runbook_url'] ?? '');
  return url !== null && ['http:', 'https:'].includes(url.protocol) ? url.href : undefined;
}

/** What an alert says of itself in a line. */
export function summaryOf({ summary, message }: BoardAlert['annotations']): string {
  return (summary ?? message ?? '').trim();
}

/** The query of the chart page for an expression. */
export function graphQuery(expr: string): Record<string, string> {
  return { 'g0.expr': expr, 'g0.tab': '0' };
}
