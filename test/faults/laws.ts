import type { History, Message } from './simulate.ts';
import { byIntegration, type Run, Runs, show, type Word } from './words.ts';
import { alertKey, GROUP_INTERVAL_MS, GROUP_WAIT_MS } from './world.ts';

/** Which integrations tell at each tick, and of which alerts. */
const PROMPT = [
  { integration: 'pager/webhook[0]', rule: 'Strict' },
  { integration: 'topic/sns[0]', rule: 'Topic' },
] as const;
/** From here on an alert flaps, and its single comings and goings are not told. */
const FLAPS = 3;
/** The SDK asks so often before a tick hears that the table throttles; a tick asks again. */
const THROTTLED_FOR_LONG = 3;
/** A claim is that much longer than a tick. */
const LEAP_S = 5;

/** What was not as it must be; each a sentence. */
export function violations(history: History): string[] {
  const runs = new Runs(history.commits);
  return [
    ...untold(history, runs),
    ...untoldGroups(history, runs),
    ...sentAgain(history),
    ...saidAgain(history, runs),
    ...outOfOrder(history, runs),
    ...notQuiet(history, runs),
  ];
}

/**
 * 1. What is told at each tick. Of an alert that is not silenced, a run is told as firing, or, if it was
 * over before that could be said, as resolved; and who was told of a run hears of its end. While an alert
 * is silenced nothing is said: runs before and after are one if no tick in between could say so.
 */
function untold(history: History, runs: Runs): string[] {
  const heard = wordsHeard(history, runs);
  return PROMPT.flatMap(({ integration, rule }) => {
    const alerts = alertsOf(history, rule).filter(
      (alert) => !history.plan.damped || runs.of(alert).length < FLAPS,
    );
    const words = heard.get(integration) ?? new Set<string>();
    return alerts.flatMap((alert) =>
      owed(history, alert, runs)
        .filter((either) => !either.some((word) => words.has(show(word))))
        .map((either) => `${integration} was never told ${either.map(show).join(' or ')}`),
    );
  });
}

/** What has to be said of an alert: one at least of each list. */
function owed({ commits }: History, alert: string, runs: Runs): Word[][] {
  const list: Word[][] = [];
  let toldFrom: number | undefined;
  let index = 0;
  let wasSeen = false;
  for (const { seen, muted } of commits) {
    const isSeen = seen.has(alert);
    if (isSeen && !wasSeen) index++;
    wasSeen = isSeen;
    if (muted.has(alert)) continue;
    if (isSeen && toldFrom === undefined) {
      toldFrom = index;
      const over = runs
        .of(alert)
        .map((run): Word => ({ alert, run: run.index, status: 'resolved' }));
      list.push([{ alert, run: index, status: 'firing' }, ...over.slice(index - 1, index)]);
    }
    if (!isSeen && toldFrom !== undefined) {
      const over = runs.of(alert).slice(toldFrom - 1, index);
      // Of several that silence made one, the end of any.
      list.push(over.map((run): Word => ({ alert, run: run.index, status: 'resolved' })));
      toldFrom = undefined;
    }
  }
  return list;
}

/**
 * 1, for groups that are told now and then: a run that went on for longer than the group waits is told,
 * unless the receiver believed all the time that the alert fires; so is an end that lasts so long.
 */
function untoldGroups(history: History, runs: Runs): string[] {
  if (history.plan.damped || history.plan.silences.length > 0) return [];
  // Where a clock is set back by less than a tick notices, nothing happens until it is that time again.
  const setBackMs = history.plan.jumps.reduce(
    (sum, { byS }) => sum + Math.abs(Math.min(byS, 0)),
    0,
  );
  const waitMs = GROUP_INTERVAL_MS + GROUP_WAIT_MS + 60_000 + Math.min(setBackMs * 1000, 600_000);
  const heard = wordsHeard(history, runs).get('mail/webhook[0]') ?? new Set<string>();
  return alertsOf(history, 'Grouped').flatMap((alert) => {
    const all = runs.of(alert);
    return all.flatMap((run: Run, i): string[] => {
      const began = show({ alert, run: run.index, status: 'firing' });
      const ended = show({ alert, run: run.index, status: 'resolved' });
      const isLong = run.last.trueMs - run.first.trueMs > waitMs && run.gapMs > waitMs;
      if (isLong && !heard.has(began) && !heard.has(ended))
        return [`mail was never told ${began} or ${ended}`];
      const next = all[i + 1];
      const isOver = next !== undefined && next.gapMs > waitMs;
      return isOver && heard.has(began) && !heard.has(ended)
        ? [`mail was never told ${ended}`]
        : [];
    });
  });
}

/**
 * May a message come once more at that time? Only if the tick that sent it could not note that it had:
 * it crashed, was killed, or did not hear the answer, or the table was away. Or a clock that leaps
 * ahead ended its claim while it was at it.
 */
export function isAmbiguous(
  { plan, throttled }: History,
  message: Message,
  againMs: number,
): boolean {
  const { run, isHeard } = message;
  if (!isHeard || (run.diedMs !== undefined && run.diedMs <= againMs)) return true;
  if (run.endedMs !== undefined && (throttled.get(run) ?? 0) >= THROTTLED_FOR_LONG) return true;
  return plan.jumps.some(
    ({ atS, byS }) =>
      byS >= LEAP_S &&
      atS * 1000 >= run.startedMs &&
      atS * 1000 <= againMs &&
      (run.endedMs ?? againMs) >= againMs,
  );
}

/** 2a. A message comes once, unless it was ambiguous. */
function sentAgain(history: History): string[] {
  const first = new Map<string, Message>();
  const wrong: string[] = [];
  for (const message of history.messages) {
    const { notification, trueMs } = message;
    const key = `${notification.receiver}/${notification.integration} ${notification.id}`;
    const earlier = first.get(key);
    first.set(key, message);
    if (earlier === undefined || isAmbiguous(history, earlier, trueMs)) continue;
    wrong.push(
      `${key} came at ${minutes(earlier.trueMs)} from tick ${earlier.run.name} and at ${minutes(trueMs)} from tick ${message.run.name}`,
    );
  }
  return wrong;
}

/**
 * 2b. A message has news, or is a reminder: one word at least that no earlier one has said, ambiguous
 * ones aside. That an alert is over is told once. What many messages were made one of has news only.
 */
function saidAgain(history: History, runs: Runs): string[] {
  return [...byIntegration(history)].flatMap(([integration, messages]) => {
    const said = new Map<string, Message>();
    const wrong: string[] = [];
    for (const message of distinct(messages)) {
      const { notification, trueMs } = message;
      const words = notification.alerts.map((alert) => runs.wordOf(alert));
      const again = words.filter((word) => {
        const earlier = said.get(show(word));
        return earlier !== undefined && !isAmbiguous(history, earlier, trueMs);
      });
      const where = `${integration} at ${minutes(trueMs)}`;
      const isDigest = notification.groupKey.includes('digest') && history.plan.jumps.length === 0;
      const isOld = isDigest ? again.length > 0 : again.length === words.length;
      if (isOld && !notification.repeated)
        wrong.push(`${where}: no news in ${words.map(show).join(' ')}`);
      for (const word of again)
        if (word.status === 'resolved') wrong.push(`${where}: ${show(word)} was said before`);
      for (const word of words) said.set(show(word), message);
    }
    return wrong;
  });
}

/** 3. Of an alert a receiver hears in the order of time, also of what comes twice. */
function outOfOrder(history: History, runs: Runs): string[] {
  return [...byIntegration(history)].flatMap(([integration, messages]) => {
    const newest = new Map<string, Word>();
    const wrong: string[] = [];
    for (const { notification, trueMs } of messages) {
      for (const alert of notification.alerts) {
        const word = runs.wordOf(alert);
        const before = newest.get(word.alert);
        if (before !== undefined && order(word) < order(before))
          wrong.push(`${integration} at ${minutes(trueMs)}: ${show(word)} after ${show(before)}`);
        else newest.set(word.alert, word);
      }
    }
    return wrong;
  });
}

function order({ run, status }: Word): number {
  return 2 * run + (status === 'resolved' ? 1 : 0);
}

/** 4. In the end the last word about each alert is the truth, and nothing is left over. */
function notQuiet(history: History, runs: Runs): string[] {
  const wrong: string[] = [];
  const { last, truth, deadLetters } = history;
  for (const { notification } of last.outbox)
    wrong.push(`${notification.id} is still in the outbox`);
  for (const { id } of deadLetters) wrong.push(`${id} was given up`);
  const words = new Map<string, Word>();
  for (const [integration, messages] of byIntegration(history)) {
    for (const { notification } of messages)
      for (const alert of notification.alerts) {
        const word = runs.wordOf(alert);
        words.set(`${integration} ${word.alert}`, word);
      }
  }
  for (const [key, word] of words) {
    const fires = truth.has(word.alert);
    // Who is drawn in only when nobody else reacts need not know of what began since.
    const isNews = key.startsWith('boss/') && word.run < runs.of(word.alert).length;
    if ((word.status === 'firing') !== fires && !(fires && isNews))
      wrong.push(`the last word to ${key} is ${show(word)}`);
  }
  const receivers = {
    Strict: 'pager/webhook[0]',
    Grouped: 'mail/webhook[0]',
    Topic: 'topic/sns[0]',
  };
  for (const [rule, integration] of Object.entries(receivers))
    for (const alert of alertsOf(history, rule))
      if (truth.has(alert) && !words.has(`${integration} ${alert}`))
        wrong.push(`${integration} does not know that ${alert} fires`);
  return [...wrong, ...leftOver(history)];
}

/** What state keeps of an alert ends with it, so that it does not grow. */
function leftOver({ last }: History): string[] {
  return Object.entries(last.groups).flatMap(([key, group]) => {
    const firing = new Set(group.firing);
    const kept = [
      ...group.resolved.map(({ fingerprint }) => fingerprint),
      ...Object.values(group.told).flatMap((told) => Object.keys(told.firing)),
      ...Object.values(group.escalated).flatMap((told) => Object.keys(told)),
    ];
    const over = kept.filter((id) => !firing.has(id));
    return over.length === 0 ? [] : [`group ${key} remembers ${over.join()}`];
  });
}

function alertsOf({ plan }: History, ofRule: string): string[] {
  return plan.alerts.filter(({ rule }) => rule === ofRule).map(alertKey);
}

function wordsHeard(history: History, runs: Runs): Map<string, Set<string>> {
  return new Map(
    [...byIntegration(history)].map(([integration, messages]) => [
      integration,
      new Set(
        messages.flatMap(({ notification }) =>
          notification.alerts.map((alert) => show(runs.wordOf(alert))),
        ),
      ),
    ]),
  );
}

/** The first arrival of each message. */
function distinct(messages: readonly Message[]): Message[] {
  const seen = new Set<string>();
  return messages.filter(({ notification: { id } }) => !seen.has(id) && seen.add(id));
}

export function minutes(trueMs: number): string {
  return (trueMs / 60_000).toFixed(2);
}
