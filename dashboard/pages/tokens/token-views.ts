import type { Area } from '../../../core/area.ts';
import { mayAs, ROLES, type Role } from '../../../core/role.ts';
import { DAY_MS } from '../../../core/time.ts';
import type { Caller } from '../../api/caller.ts';

/** A token as `GET /api/v1/tokens` lists it. */
export interface ApiTokenView {
  readonly id: string;
  readonly name: string;
  readonly kind: 'personal' | 'service';
  readonly owner?: string;
  readonly role: Role;
  /** Absent: all. */
  readonly areas?: readonly Area[];
  readonly by?: string;
  readonly createdAt: string;
  readonly endsAt?: string;
  readonly state: 'good' | 'ended';
}

/** An enrolment token as `GET /api/v1/enrolment-tokens` lists it. */
export interface EnrolmentTokenView {
  readonly id: string;
  readonly uses: number;
  readonly usesLeft: number;
  readonly hosts?: string;
  readonly reEnrol: boolean;
  readonly createdAt: string;
  readonly endsAt: string;
  readonly state: 'good' | 'revoked' | 'ended' | 'used up';
}

/** A host's or a sender's key as `GET /api/v1/keys` lists it. */
export interface KeyView {
  readonly id: string;
  readonly name: string;
  readonly kind: 'host' | 'sender';
  readonly by?: string;
  readonly createdAt: string;
  readonly endsAt?: string;
  readonly state: 'good' | 'ended';
}

/** Of a token that ends sooner its user should hear. */
const ENDS_SOON_MS = 14 * DAY_MS;

/** Is it good, and over within `ENDS_SOON_MS`? */
export function endsSoon(
  { state, endsAt }: Pick<ApiTokenView, 'state' | 'endsAt'>,
  nowMs: number,
): boolean {
  return state === 'good' && endsAt !== undefined && Date.parse(endsAt) - nowMs < ENDS_SOON_MS;
}

/** The roles a token may have that somebody of this role makes: none that may more. */
export function rolesUpTo(role: Role): Role[] {
  return ROLES.filter((one) => mayAs(role, one));
}

/** Days that are offered as a token's life, by kind; the first is as is usual. The API takes no longer ones. */
const LIVES_DAYS = {
  personal: [90, 1, 7, 30, 366],
  service: [366, 30, 90, 730, 1827],
} as const;

/**
 * How many days a token made by this caller may last, the usual one first; `undefined` among them: as long as the
 * caller's own token, which none that it makes outlives unless it is an admin's.
 */
export function livesFor(
  { role, kind, until }: Pick<Caller, 'role' | 'kind' | 'until'>,
  of: TokenWish['kind'],
  nowMs: number,
): readonly (number | undefined)[] {
  const all: readonly number[] = LIVES_DAYS[of];
  if (role === 'admin' || kind !== 'token' || until === undefined) return all;
  const leftDays = (Date.parse(until) - nowMs) / DAY_MS;
  const within = all.filter((days) => days <= leftDays);
  return within.length === all.length ? all : [undefined, ...within];
}

/** What `POST /api/v1/tokens` takes. */
export interface TokenWish {
  readonly name: string;
  readonly kind: 'personal' | 'service';
  readonly role: Role;
  /** `90d`; absent: as is usual, within the life of what it is made with. */
  readonly expires?: string;
  readonly areas: readonly Area[];
}

/** What is wrong with a token's name before it is sent: the API says the rest. */
export function nameProblem(name: string): 'empty' | 'long' | undefined {
  const length = name.trim().length;
  if (length === 0) return 'empty';
  return length > NAME_MAX_CHARS ? 'long' : undefined;
}

export const NAME_MAX_CHARS = 100;
