import { err, type Result } from '../../../core/result.ts';
import { mayAs } from '../../../core/role.ts';
import {
  type ApiToken,
  hasTokenEnded,
  listApiTokens,
  putApiToken,
  revokeApiToken,
} from '../../store/api-tokens.ts';
import type { AuditLog } from '../../store/audit-log.ts';
import type { Table } from '../../store/dynamo.ts';
import {
  type EnrolmentToken,
  putEnrolmentToken,
  revokeEnrolmentToken,
} from '../../store/enrolment-tokens.ts';
import type { HostKey } from '../../store/host-keys.ts';
import { listEnrolmentTokens, listHostKeys, revokeHostKey } from '../../store/key-list.ts';
import type { SessionStore } from '../../store/sessions.ts';
import type { Caller } from '../authenticate.ts';
import type { ApiError } from '../reply.ts';

/** What the endpoints for tokens and keys need of the world. */
export interface TokenPorts {
  readonly apiTokens: {
    readonly list: () => Promise<readonly ApiToken[]>;
    readonly put: (token: ApiToken) => Promise<void>;
    readonly revoke: (token: ApiToken, nowMs: number) => Promise<void>;
  };
  readonly enrolmentTokens: {
    readonly list: () => Promise<readonly EnrolmentToken[]>;
    readonly put: (token: EnrolmentToken) => Promise<void>;
    readonly revoke: (token: EnrolmentToken) => Promise<void>;
  };
  readonly hostKeys: {
    readonly list: () => Promise<readonly HostKey[]>;
    readonly revoke: (key: HostKey, nowMs: number) => Promise<void>;
  };
  /**
   * Is what a caller asked with good as of the last write, whatever is remembered of it? Asked once a token is
   * stored: then whoever takes somebody's access away finds the token, or it is not kept.
   */
  readonly isStillGood: (caller: Caller) => Promise<boolean>;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly nowMs: () => number;
}

/** Of a table. */
export function createTokenPorts(
  table: Table,
  sessions: Pick<SessionStore, 'read'>,
  audit: Pick<AuditLog, 'record'>,
  nowMs: () => number,
): TokenPorts {
  return {
    apiTokens: {
      list: () => listApiTokens(table),
      put: (token) => putApiToken(table, token),
      revoke: (token, now) => revokeApiToken(table, token, now),
    },
    enrolmentTokens: {
      list: () => listEnrolmentTokens(table),
      put: (token) => putEnrolmentToken(table, token),
      revoke: (token) => revokeEnrolmentToken(table, token),
    },
    hostKeys: {
      list: () => listHostKeys(table),
      revoke: (key, now) => revokeHostKey(table, key, now),
    },
    isStillGood: async ({ role, token, sessionHash }) => {
      if (token !== undefined) {
        const found = (await listApiTokens(table)).find(({ id }) => id === token.id);
        // Another end is a revocation, whatever clock it was made by.
        if (found === undefined || hasTokenEnded(found, nowMs())) return false;
        return found.endsAtMs === token.endsAtMs;
      }
      const session =
        sessionHash === undefined ? undefined : await sessions.read(sessionHash, nowMs());
      return session !== undefined && mayAs(session.role, role);
    },
    audit,
    nowMs,
  };
}

/** What somebody is told whose token or session has ended while it was remembered. */
export function goneMeanwhile(): Result<never, ApiError> {
  const message = 'what you asked with has ended, so what it made has, too';
  return err({ kind: 'unauthorized', message });
}
