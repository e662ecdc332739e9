import { randomOf } from '../agent-faults/random.ts';
import { PASSING } from './faults.ts';
import type { Fault, Schedule } from './proxy.ts';

/**
 * Faults by chance, the same for a seed: of all kinds that pass, and pages and batches that end early. No answer
 * at all is as one that is cut, and takes longer.
 */
export function storm(seed: number, probability: number): Schedule {
  const random = randomOf(seed);
  const faults: readonly Fault[] = [
    ...Object.values(PASSING).filter(({ kind }) => kind !== 'hang'),
    { kind: 'late', ms: 20 },
    { kind: 'partial', keys: 0 },
    { kind: 'partial', keys: 7 },
    { kind: 'short', items: 1 },
  ];
  return () => (random() < probability ? faults[Math.floor(random() * faults.length)] : undefined);
}
