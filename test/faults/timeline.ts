import { minutes } from './laws.ts';
import type { History } from './simulate.ts';
import { Runs, show } from './words.ts';
import { alertKey } from './world.ts';

/** All that happened in a run, line by line, in true minutes. */
export function timelineOf(history: History): string {
  const { plan, commits, messages, runs: ticks } = history;
  const runs = new Runs(commits);
  const lines: (readonly [number, string])[] = [
    ...plan.alerts.flatMap((alert) =>
      alert.episodes.flatMap(([fromS, toS], i): [number, string][] => {
        const lasts = alert.lasts && i === alert.episodes.length - 1;
        const name = `${alertKey(alert)} (episode ${i + 1})`;
        return [
          [fromS * 1000, `begins: ${name}`],
          ...(lasts ? [] : [[toS * 1000, `ends: ${name}`] as [number, string]]),
        ];
      }),
    ),
    ...plan.jumps.map(({ atS, byS }) => [atS * 1000, `the clock jumps by ${byS} s`] as const),
    ...plan.outages.flatMap(({ of, fromMinute, minutes: long }): [number, string][] => [
      [fromMinute * 60_000, `${of} is away`],
      [(fromMinute + long) * 60_000, `${of} is back`],
    ]),
    ...ticks.map(
      (tick) =>
        [
          tick.startedMs,
          `tick ${tick.name} begins ${tick.befallen.length > 0 ? `(${tick.befallen.join('; ')})` : ''}`,
        ] as const,
    ),
    ...ticks.flatMap(({ name, diedMs, endedMs }): [number, string][] =>
      diedMs !== undefined
        ? [[diedMs, `tick ${name} dies`]]
        : endedMs !== undefined
          ? [[endedMs, `tick ${name} ends`]]
          : [],
    ),
    ...commits.map(
      ({ run, trueMs, tickMs, seen, muted }) =>
        [
          trueMs,
          `tick ${run.name} writes: ${new Date(tickMs).toISOString().slice(11, 19)} saw ${[...seen].map(([key, episode]) => `${key}(${episode})`).join(', ') || 'nothing'}${muted.size > 0 ? `; silenced ${[...muted].join(', ')}` : ''}`,
        ] as const,
    ),
    ...messages.map(
      ({ run, trueMs, notification, isHeard }) =>
        [
          trueMs,
          `tick ${run.name} tells ${notification.receiver} ${notification.id}: ${notification.alerts.map((alert) => show(runs.wordOf(alert))).join(' ')}${notification.repeated ? ' (repeated)' : ''}${isHeard ? '' : ' (and does not know)'}`,
        ] as const,
    ),
  ];
  return lines
    .sort(([a], [b]) => a - b)
    .map(([atMs, text]) => `${minutes(atMs).padStart(8)} ${text}`)
    .join('\n');
}
