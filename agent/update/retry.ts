import { err, ok, type Result } from '../../core/result.ts';

/** What became of one attempt at something. */
export type Attempt<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** Trying again, as it is, changes nothing. */
  | { readonly kind: 'refused'; readonly message: string }
  | {
      readonly kind: 'later';
      readonly message: string;
      /** What the server asked for. */
      readonly afterMs?: number | undefined;
      /** It came nearer: the attempts are counted anew. */
      readonly hasProgressed?: boolean;
    };

export interface RetryPorts {
  /** The first pause is up to this long, each further one up to twice as long. */
  readonly baseMs: number;
  /** Rejects when it is to be given up. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Is the time for all of it over? Then an attempt that rejects, as it was ended, is an error. */
  readonly isLate: () => boolean;
  readonly random: () => number;
}

/** In a row without progress: with a base of 2 s up to a minute in all. */
const ATTEMPTS_MAX = 6;
const PAUSE_MAX_MS = 60_000;

/** Tries until it is done, with pauses of full jitter between; the error is the last reason. */
export async function persist<T>(
  attempt: () => Promise<Attempt<T>>,
  ports: RetryPorts,
): Promise<Result<T, string>> {
  try {
    return await persistInTime(attempt, ports);
  } catch (error) {
    if (ports.isLate()) return err('the download took too long');
    throw error;
  }
}

async function persistInTime<T>(
  attempt: () => Promise<Attempt<T>>,
  { baseMs, sleep, random }: RetryPorts,
): Promise<Result<T, string>> {
  for (let failures = 0; ; ) {
    const outcome = await attempt();
    if (outcome.kind === 'done') return ok(outcome.value);
    if (outcome.kind === 'refused') return err(outcome.message);
    failures = outcome.hasProgressed === true ? 1 : failures + 1;
    if (failures >= ATTEMPTS_MAX) return err(outcome.message);
    const jitteredMs = random() * baseMs * 2 ** (failures - 1);
    await sleep(Math.min(Math.max(jitteredMs, outcome.afterMs ?? 0), PAUSE_MAX_MS));
  }
}
