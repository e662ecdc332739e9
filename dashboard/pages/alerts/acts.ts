import { ask } from '../../api/client.ts';
import { asFailure } from '../../api/failure.ts';
import { toast } from '../../ui/toast.ts';
import { showChange } from './board.ts';
import type { Matcher } from './matchers.ts';

/** For how long somebody is at an alert, unless said otherwise. */
export const ACKNOWLEDGED_HOURS = 2;

/** No reminders and no escalation of an alert for some hours. */
export async function acknowledge(fingerprint: string, by: string, hours: number): Promise<void> {
  await ask('v1/acknowledgements', { json: { fingerprint, by, for: `${hours}h` } });
}

export async function withdraw(fingerprint: string): Promise<void> {
  await ask('v1/acknowledgements', { method: 'DELETE', query: { fingerprint } });
}

/** A silence as it is saved. */
export interface WantedSilence {
  /** Absent: a new one. */
  readonly id?: string;
  readonly matchers: readonly Matcher[];
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly createdBy: string;
  readonly comment: string;
}

/** Saves a silence; one whose conditions changed gets another id, and the old one ends. */
export async function saveSilence(wanted: WantedSilence): Promise<void> {
  const { startsAtMs, endsAtMs, ...rest } = wanted;
  const [startsAt, endsAt] = [startsAtMs, endsAtMs].map((ms) => new Date(ms).toISOString());
  await ask('api/v2/silences', { json: { ...rest, startsAt, endsAt } });
}

export async function endSilence(id: string): Promise<void> {
  await ask(`api/v2/silence/${id}`, { method: 'DELETE' });
}

/** Does something, says what came of it, and shows how things are then; `false`: it failed, which was said too. */
export async function doing(act: () => Promise<void>, done: () => string): Promise<boolean> {
  try {
    await act();
    toast(done());
    return true;
  } catch (error) {
    toast(asFailure(error).message, 'critical');
    return false;
  } finally {
    showChange();
  }
}
