import type { Result } from '../../core/result.ts';
import type { Collector } from '../collectors/collector.ts';
import type { NoSpool } from './open-spool.ts';
import type { Spool } from './spool.ts';

/**
 * Has no numbers: it fails as long as the spool cannot be written, so that this is told like every
 * other trouble of the agent.
 */
export function createSpoolCollector(spool: Result<Spool, NoSpool>): Collector {
  const trouble = () => (spool.ok ? spool.value.trouble : spool.error.message);
  return {
    name: 'spool',
    check: async () => {
      const now = trouble();
      return now === undefined ? { status: 'ok', sees: '' } : { status: 'trouble', sees: now };
    },
    collect: async () => {
      if (!spool.ok && spool.error.isOff) return 'absent';
      const now = trouble();
      if (now === undefined) return [];
      throw new Error(
        spool.ok
          ? `${now}. Samples that are not posted yet are in memory only, up to an hour`
          : now,
      );
    },
  };
}
