import * as fc from 'fast-check';

/** What the world does to the evaluator in one run. Plain data, so that it can be shrunk and shown. */
export interface Plan {
  /** `[from, to]`, in seconds of true time since the start, of each time an alert's cause was there. */
  readonly alerts: readonly PlannedAlert[];
  /** A tick each minute for as long as there are some; afterwards all is well and quiet. */
  readonly minutes: readonly PlannedMinute[];
  readonly jumps: readonly ClockJump[];
  /** A receiver, or the table, answers nobody for a while. */
  readonly outages: readonly Outage[];
  readonly silences: readonly PlannedSilence[];
  readonly acknowledged: readonly PlannedAcknowledgement[];
  /** From this minute on, other routes hold. */
  readonly editedAtMinute: number | undefined;
  readonly damped: boolean;
}

export const RULES = ['Strict', 'Grouped', 'Topic'] as const;
export type RuleName = (typeof RULES)[number];

export interface PlannedAlert {
  readonly rule: RuleName;
  readonly host: number;
  /** Rising, apart from each other. */
  readonly episodes: readonly (readonly [number, number])[];
  /** The last episode does not end. */
  readonly lasts: boolean;
}

export interface PlannedMinute {
  /** The tick is not run at all. */
  readonly isSkipped: boolean;
  /** How long after it is due the tick begins. */
  readonly lateS: number;
  readonly faults: readonly Fault[];
  /** The schedule calls twice, or an urgent batch asks for a tick of its own. */
  readonly second: SecondTick | undefined;
}

export interface SecondTick {
  /** It is the same tick once more, due at the same time; else one for now. */
  readonly isRetry: boolean;
  readonly afterS: number;
  readonly faults: readonly Fault[];
}

/** What happens at one of a tick's calls to the world. */
export interface Fault {
  /** Counted from 0. */
  readonly call: number;
  readonly kind: FaultKind;
  /** Only of slow ones. */
  readonly delayS: number;
}

export const FAULT_KINDS = [
  'crash before',
  'crash after',
  'refused',
  'answer lost',
  'slow before',
  'slow after',
  'hangs before',
  'hangs after',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface ClockJump {
  readonly atS: number;
  readonly byS: number;
}

export interface Outage {
  readonly of: 'pager' | 'boss' | 'mail' | 'topic' | 'table';
  readonly fromMinute: number;
  readonly minutes: number;
}

export interface PlannedSilence {
  readonly rule: RuleName;
  readonly host: number | undefined;
  /** Of the clock, which may jump. */
  readonly fromMinute: number;
  readonly minutes: number;
}

export interface PlannedAcknowledgement {
  readonly alert: number;
  readonly fromMinute: number;
  readonly minutes: number;
}

const CALLS_MAX = 16;
const NOTED_AT_CALL = 8;
const DELAY_MAX_S = 54;

function someFaults(callsMax: number): fc.Arbitrary<Fault[]> {
  const fault = fc.record({
    // Up to where what was delivered is noted there is more to break than after it.
    call: fc.oneof(fc.nat(NOTED_AT_CALL), fc.nat(callsMax)),
    kind: fc.constantFrom(...FAULT_KINDS),
    delayS: fc.integer({ min: 1, max: DELAY_MAX_S }),
  });
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant<Fault[]>([]) },
    { weight: 2, arbitrary: fc.array(fault, { minLength: 1, maxLength: 2 }) },
  );
}

function minuteWith(faults: fc.Arbitrary<Fault[]>): fc.Arbitrary<PlannedMinute> {
  const second = fc.record({
    isRetry: fc.boolean(),
    afterS: fc.integer({ min: 0, max: 70 }),
    faults,
  });
  return fc.record({
    isSkipped: fc.integer({ min: 0, max: 9 }).map((n) => n === 9),
    lateS: fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 0, max: 100 })),
    faults,
    second: fc.oneof(
      { weight: 3, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: second },
    ),
  });
}

/** Gaps and lengths become episodes that do not touch. */
function episodes(lastS: number): fc.Arbitrary<(readonly [number, number])[]> {
  const length = fc.oneof(
    fc.integer({ min: 20, max: 200 }),
    fc.integer({ min: 20, max: Math.max(lastS, 20) }),
  );
  return fc.array(fc.tuple(length, length), { minLength: 1, maxLength: 6 }).map((pairs) => {
    let atS = 0;
    return pairs
      .map(([gapS, lengthS]) => {
        const fromS = atS + gapS;
        atS = fromS + lengthS;
        return [fromS, Math.min(atS, lastS)] as const;
      })
      .filter(([fromS, toS]) => fromS < toS);
  });
}

function alertsOf(lastS: number, max: number, hosts: number): fc.Arbitrary<PlannedAlert[]> {
  return fc.uniqueArray(
    fc.record({
      rule: fc.constantFrom(...RULES),
      host: fc.nat(hosts - 1),
      episodes: episodes(lastS),
      lasts: fc.boolean(),
    }),
    { minLength: 1, maxLength: max, selector: ({ rule, host }) => `${rule} ${host}` },
  );
}

/** Many alerts for one topic, which then become one message. */
function burst(lastS: number): fc.Arbitrary<PlannedAlert[]> {
  return fc
    .array(fc.tuple(episodes(lastS), fc.boolean()), { minLength: 12, maxLength: 14 })
    .map((all) =>
      all.map(([list, lasts], host) => ({ rule: 'Topic', host, episodes: list, lasts })),
    );
}

function rarely<T>(arbitrary: fc.Arbitrary<T>, max = 2): fc.Arbitrary<readonly T[]> {
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant<readonly T[]>([]) },
    { weight: 1, arbitrary: fc.array(arbitrary, { minLength: 1, maxLength: max }) },
  );
}

/** Plans of up to `maxMinutes` of trouble, in which one of the first `callsMax` calls of a tick may fail. */
export function plans(maxMinutes = 30, callsMax = CALLS_MAX): fc.Arbitrary<Plan> {
  const minute = minuteWith(someFaults(callsMax));
  return fc.array(minute, { minLength: 3, maxLength: maxMinutes, size: 'max' }).chain((minutes) => {
    const lastS = minutes.length * 60;
    const atMinute = fc.nat(minutes.length);
    return fc.record({
      alerts: fc.oneof(
        { weight: 7, arbitrary: alertsOf(lastS, 5, 3) },
        { weight: 1, arbitrary: burst(lastS) },
      ),
      minutes: fc.constant(minutes),
      jumps: rarely(
        fc.record({
          // While a tick is at it, most of the time.
          atS: fc.tuple(atMinute, fc.nat(40)).map(([minutes, s]) => minutes * 60 + s),
          byS: fc.oneof(
            fc.integer({ min: -180, max: 180 }).map((m) => m * 60),
            fc.integer({ min: -400, max: 400 }),
          ),
        }),
      ),
      outages: rarely(
        fc.record({
          of: fc.constantFrom('pager', 'boss', 'mail', 'topic', 'table'),
          fromMinute: atMinute,
          minutes: fc.oneof(fc.nat(5), fc.constant(60)),
        }),
      ),
      silences: rarely(
        fc.record({
          rule: fc.constantFrom(...RULES),
          host: fc.option(fc.nat(2), { nil: undefined }),
          fromMinute: atMinute,
          minutes: fc.nat(20),
        }),
      ),
      acknowledged: rarely(
        fc.record({ alert: fc.nat(4), fromMinute: atMinute, minutes: fc.nat(30) }),
        1,
      ),
      editedAtMinute: fc.option(atMinute, { nil: undefined, freq: 2 }),
      damped: fc.boolean(),
    });
  });
}

/** Plans in which each alert happens to many hosts at once. */
export function largePlans(
  maxMinutes: number,
  firstHost: number,
  hosts: number,
): fc.Arbitrary<Plan> {
  return plans(maxMinutes).map((plan) => ({
    ...plan,
    alerts: Array.from({ length: hosts }, (_, host): PlannedAlert => {
      const like = plan.alerts[host % plan.alerts.length];
      if (like === undefined) throw new Error('a plan without alerts');
      // A topic has a group for each host: thousands of messages are more than an outbox holds.
      return {
        ...like,
        host: firstHost + host,
        rule: like.rule === 'Topic' ? 'Strict' : like.rule,
      };
    }),
  }));
}
