import type { SentMessage } from './step.ts';

/** How much one receiver would have been told, by one of its integrations. */
export interface ReceiverSummary {
  readonly receiver: string;
  readonly integration: string;
  readonly messages: number;
  /** Of them, those that tell of something that fires, reminders left out. */
  readonly firing: number;
  readonly resolved: number;
  readonly reminders: number;
  /** Messages by hour of the day where the person is, 0 to 23. */
  readonly byHour: readonly number[];
  /** The most in any one hour, and when it began (ms since 1970). */
  readonly worstHour: { readonly fromMs: number; readonly messages: number };
  /** Of each alert's name: in how many messages it was, the most first. */
  readonly byAlert: readonly { readonly alert: string; readonly messages: number }[];
}

const HOUR_MS = 3_600_000;

interface Counts {
  readonly receiver: string;
  readonly integration: string;
  firing: number;
  resolved: number;
  reminders: number;
  readonly byHour: number[];
  readonly hours: Map<number, number>;
  readonly byAlert: Map<string, number>;
}

/** Counts messages as they come, so that none has to be kept. */
export class SentCounter {
  readonly #byReceiver = new Map<string, Counts>();
  readonly #fromMs: number;

  /** Messages before `fromMs` are not counted. */
  constructor(fromMs: number) {
    this.#fromMs = fromMs;
  }

  add({ atMs, receiver, integration, status, repeated, alertNames }: SentMessage): void {
    if (atMs < this.#fromMs) return;
    const key = `${receiver}/${integration}`;
    const counts = this.#byReceiver.get(key) ?? {
      receiver,
      integration,
      firing: 0,
      resolved: 0,
      reminders: 0,
      byHour: new Array<number>(24).fill(0),
      hours: new Map<number, number>(),
      byAlert: new Map<string, number>(),
    };
    this.#byReceiver.set(key, counts);
    counts[repeated ? 'reminders' : status]++;
    const hour = new Date(atMs).getHours();
    counts.byHour[hour] = (counts.byHour[hour] ?? 0) + 1;
    const since1970 = Math.floor(atMs / HOUR_MS);
    counts.hours.set(since1970, (counts.hours.get(since1970) ?? 0) + 1);
    for (const name of alertNames) counts.byAlert.set(name, (counts.byAlert.get(name) ?? 0) + 1);
  }

  /** Of each receiver that was told anything, the most told first. */
  summary(): ReceiverSummary[] {
    return [...this.#byReceiver.values()].map(summaryOf).sort((a, b) => b.messages - a.messages);
  }
}

function summaryOf(counts: Counts): ReceiverSummary {
  const { receiver, integration, firing, resolved, reminders, byHour, hours, byAlert } = counts;
  const [worst = 0, most = 0] = [...hours].reduce((a, b) => (b[1] > a[1] ? b : a), [0, 0]);
  return {
    receiver,
    integration,
    messages: firing + resolved + reminders,
    firing,
    resolved,
    reminders,
    byHour,
    worstHour: { fromMs: worst * HOUR_MS, messages: most },
    byAlert: [...byAlert]
      .map(([alert, messages]) => ({ alert, messages }))
      .sort((a, b) => b.messages - a.messages),
  };
}
