import { openLibvirt } from './client.ts';
import {
  type DomainRef,
  EVENT_LIFECYCLE,
  LIFECYCLE_MESSAGE,
  type LifecycleEvent,
  REGISTER_EVENTS,
} from './procedures.ts';
import { decodeXdr } from './xdr.ts';

/*
 * libvirt tells read-only connections too of each start, stop and pause as it happens, and between
 * these costs neither side anything. A connection of its own: those that ask may be blocked by a VM
 * that hangs. While there is none, the next regular sample finds what happened meanwhile.
 */

/** Each step of connecting: nobody waits for it. */
const STEP_TIMEOUT_MS = 10_000;
/** Where there is no libvirt a try is one system call. */
const RETRY_MS = 10_000;

/** Of virDomainEventType. */
const SUSPENDED = 3;
const STOPPED = 5;
const CRASHED = 8;
/** Why it was paused: an I/O error, the guest's watchdog, a post-copy migration that failed. */
const SUSPENDED_IN_TROUBLE: ReadonlySet<number> = new Set([2, 3, 8]);
/** Crashed, or failed: libvirt says the latter when the VM's process has gone. */
const STOPPED_IN_TROUBLE: ReadonlySet<number> = new Set([2, 5]);

export interface EventWatch {
  close(): void;
}

/**
 * Calls `onTrouble` whenever a VM ends or stops without being asked to, with the VM if its process has
 * died. Reconnects by itself.
 */
export function watchEvents(
  sockets: readonly string[],
  onTrouble: (died?: DomainRef) => void,
  retryMs = RETRY_MS,
  uri?: string,
): EventWatch {
  let closed = false;
  let end: () => void = () => {};
  let timer: NodeJS.Timeout | undefined;

  const again = (): void => {
    if (closed) return;
    timer = setTimeout(() => void begin(), retryMs);
    timer.unref();
  };

  const begin = async (): Promise<void> => {
    const opened = await openLibvirt(sockets, STEP_TIMEOUT_MS, uri);
    if (!opened.ok) return again();
    const connection = opened.value;
    if (closed) return connection.close();
    end = () => connection.close();
    connection.onEvent((procedure, payload) => {
      if (procedure !== LIFECYCLE_MESSAGE.number) return;
      const message = decodeXdr(payload, LIFECYCLE_MESSAGE.decode);
      if (!message.ok || !isTrouble(message.value)) return;
      onTrouble(message.value.event === STOPPED ? message.value.domain : undefined);
    });
    connection.onEnd(again);
    const args = { eventId: EVENT_LIFECYCLE };
    const registered = await connection.call(REGISTER_EVENTS, args, STEP_TIMEOUT_MS);
    if (!registered.ok) connection.close();
  };

  void begin();
  return {
    close() {
      closed = true;
      clearTimeout(timer);
      end();
    },
  };
}

function isTrouble({ event, detail }: LifecycleEvent): boolean {
  if (event === CRASHED) return true;
  if (event === SUSPENDED) return SUSPENDED_IN_TROUBLE.has(detail);
  return event === STOPPED && STOPPED_IN_TROUBLE.has(detail);
}
