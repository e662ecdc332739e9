import {
  type ApiToken,
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
  readonly audit: Pick<AuditLog, 'record'>;
  readonly nowMs: () => number;
}

/** Of a table. */
export function createTokenPorts(
  table: Table,
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
    audit,
    nowMs,
  };
}
