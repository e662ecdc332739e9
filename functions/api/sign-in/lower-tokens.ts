import type { Role } from '../../../core/role.ts';
import type { ApiToken } from '../../store/api-tokens.ts';
import type { AuditLog } from '../../store/audit-log.ts';

/** Who is on record for what the user pool decided; no token has such a name. */
const USER_POOL = 'user pool';

/** Ends a person's tokens that may more than the person (`undefined`: may nothing). */
export type LowerTokens = (names: readonly string[], role: Role | undefined) => Promise<void>;

/**
 * Whoever has another role in the pool than before, or none, has no tokens of the old one: what an ID token just
 * said is sure. That a renewal was refused is not: sessions that were signed out or are over are, too.
 *
 * @param endTokens ends the good ones, those of roles that are kept excepted, and gives them
 */
export function tokenLowering(
  endTokens: (names: readonly string[], kept: Role | undefined) => Promise<readonly ApiToken[]>,
  audit: Pick<AuditLog, 'note'>,
): LowerTokens {
  return async (names, role) => {
    for (const { id, name, owner, role: had } of await endTokens(names, role)) {
      const before = { name, owner, role: had };
      await audit.note({ who: USER_POOL, action: 'token.revoke', subject: id, before });
    }
  };
}
