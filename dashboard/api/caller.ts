import type { Role } from '../../core/role.ts';
import { ask } from './client.ts';
import { usePolled } from './poll.ts';

/** Who asks, as `GET /api/v1/whoami` has it. */
export interface Caller {
  readonly name: string;
  readonly role: Role;
  readonly kind: 'token' | 'session';
  /** What pages offer or not, by act. */
  readonly may: Readonly<Record<string, boolean>>;
  /** When the session or the token ends, if it does; ISO 8601. */
  readonly until?: string;
  /** Who has signed in, or whose token it is; absent: it is a service's. */
  readonly person?: string;
  /** Which dashboard is deployed; not what runs here after somebody deployed a newer one. */
  readonly dashboard?: string;
}

export const CALLER_KEY = 'caller';
/** Roles and versions change rarely; the answer reads no item while the function remembers the token. */
const EVERY_MS = 5 * 60_000;

/** Who asks; `undefined` until that is known. */
export function useCaller(): Caller | undefined {
  return usePolled(CALLER_KEY, (signal) => ask<Caller>('api/v1/whoami', { signal }), EVERY_MS).data;
}

/** May who asks do that (`silence`, `acknowledge` ...: the acts of whoami)? `undefined` until it is known. */
export function useMay(act: string): boolean | undefined {
  const caller = useCaller();
  return caller === undefined ? undefined : caller.may[act] === true;
}
