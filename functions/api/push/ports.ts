import type { AuditLog } from '../../store/audit-log.ts';
import type { PushKeys } from '../../store/push-keys.ts';
import type { PushSubscriptionStore } from '../../store/push-subscriptions.ts';

/** What the endpoints for browsers need of the world. */
export interface PushPorts {
  readonly subscriptions: PushSubscriptionStore;
  /** The pair that push services know, made by the first who asks. */
  readonly keys: () => Promise<PushKeys>;
  /** Only for a local or test push service. */
  readonly localOrigin?: string | undefined;
  readonly externalUrl: string;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly nowMs: () => number;
  /** The ms to wait before the next test of a browser; 0: none. */
  readonly testLimit: (id: string, nowMs: number) => number;
}
