/**
 * What of the API a token may be bound to, beside its role: `metrics` are queries, `alerts` also silences,
 * acknowledgements and what was sent, `inventory` hosts and VMs, `audit` who changed what, `tokens` the tokens
 * and keys themselves.
 */
export const AREAS = ['metrics', 'alerts', 'inventory', 'audit', 'tokens'] as const;
export type Area = (typeof AREAS)[number];

/** Does a token bound to these areas (absent: to none, so all are open) reach this one? */
export function reaches(areas: readonly Area[] | undefined, area: Area): boolean {
  return areas === undefined || areas.includes(area);
}
