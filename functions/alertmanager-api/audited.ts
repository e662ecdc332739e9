import type { Silence } from '../../core/alertmanager/silence.ts';
import { isoTime } from '../../core/time.ts';
import type { AcknowledgementStore } from '../store/acknowledgements.ts';
import type { AuditLog } from '../store/audit-log.ts';
import type { SilenceStore } from '../store/silences.ts';

/** Silences that `who` changes on record. */
export function auditedSilences(store: SilenceStore, log: AuditLog, who: string): SilenceStore {
  return {
    ...store,
    add: (silence, nowMs) =>
      log.record(
        { who, action: 'silence.add', subject: silence.id, after: told(silence) },
        () => store.add(silence, nowMs),
        (added) => (added.ok ? undefined : added.error),
      ),
    replace: (before, silence) =>
      log.record(
        {
          who,
          action: silence.endsAtMs <= silence.updatedAtMs ? 'silence.end' : 'silence.change',
          subject: silence.id,
          before: told(before),
          after: told(silence),
        },
        () => store.replace(before, silence),
        (replaced) => {
          if (!replaced.ok) return replaced.error;
          return replaced.value ? undefined : 'another change came first';
        },
      ),
  };
}

/** Acknowledgements that `who` makes and withdraws on record. */
export function auditedAcknowledgements(
  store: AcknowledgementStore,
  log: AuditLog,
  who: string,
): AcknowledgementStore {
  return {
    ...store,
    put: (acknowledgements, nowMs) => {
      const [first] = acknowledgements;
      const others = acknowledgements.length - 1;
      const subject = `${first?.fingerprint ?? ''}${others > 0 ? ` and ${others} more` : ''}`;
      return log.record(
        { who, action: 'alert.acknowledge', subject, after: acknowledgements },
        () => store.put(acknowledgements, nowMs),
        (put) => (put.ok ? undefined : put.error),
      );
    },
    withdraw: (fingerprint, nowMs) =>
      log.record(
        { who, action: 'alert.withdraw-acknowledgement', subject: fingerprint },
        () => store.withdraw(fingerprint, nowMs),
        (ended) => (ended === undefined ? 'there is none' : undefined),
      ),
  };
}

function told({ matchers, startsAtMs, endsAtMs, createdBy, comment }: Silence): object {
  return {
    matchers: matchers.map(({ name, op, value }) => `${name}${op}${JSON.stringify(value)}`),
    startsAt: isoTime(startsAtMs),
    endsAt: isoTime(endsAtMs),
    createdBy,
    comment,
  };
}
