/**
 * What someone may do. Each role may all that the one before it may:
 * `viewer` looks; `operator` also silences and acknowledges; `admin` also changes rules, tokens and subscriptions.
 */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Does a role allow what needs at least another one? */
export function mayAs(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
