import { counted } from '../count.ts';
import { labelsText } from '../label-text.ts';
import { shortNumber } from '../number-text.ts';
import { sparkline } from '../sparkline.ts';
import { printTable, styleOf } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { formatSpan, formatTime } from '../time-text.ts';
import type { Episode, RuleSummary } from './episodes.ts';
import type { ReceiverSummary } from './sent-summary.ts';

/** What would have happened. Times are ms since 1970. */
export interface BacktestReport {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly stepMs: number;
  /** Each alert's name that fired, the noisiest first. */
  readonly rules: readonly RuleSummary[];
  readonly episodes: readonly Episode[];
  /** Episodes that are in the sums only. */
  readonly episodesLeftOut: number;
  readonly receivers: readonly ReceiverSummary[];
  /** Rules that could not be evaluated, with how many times. */
  readonly errors: readonly { readonly message: string; readonly ticks: number }[];
  /** What decided who is told: a file, or words for the default. */
  readonly routing: string;
  /** What makes the answer less than whole. */
  readonly warnings: readonly string[];
}

/** More is for `--json`. */
const MAX_ROWS = 200;

export function printReport(report: BacktestReport, terminal: Terminal): void {
  const { print, paint } = terminal;
  const { fromMs, untilMs, stepMs, rules, errors, warnings } = report;
  print(`${formatTime(fromMs)} to ${formatTime(untilMs)}, a look every ${formatSpan(stepMs)}`);
  for (const warning of warnings) print(paint('yellow', `warning: ${warning}`));
  for (const { message, ticks } of errors)
    print(paint('red', `error: ${message} (${counted(ticks, 'time')})`));
  print('');
  if (rules.length === 0) {
    print('Nothing would have fired.');
    return;
  }
  printRules(report, terminal);
  print('');
  printEpisodes(report, terminal);
  print('');
  printReceivers(report, terminal);
}

function printRules(report: BacktestReport, terminal: Terminal): void {
  printTable(
    terminal,
    [
      { title: 'ALERT' },
      { title: 'FIRED', align: 'right' },
      { title: 'A DAY', align: 'right' },
      { title: 'ALERTS', align: 'right' },
      { title: 'LONGEST', align: 'right' },
      { title: 'FIRING IN ALL', align: 'right' },
    ],
    report.rules.map(({ alert, count, alerts, longestMs, firingMs }) => [
      alert,
      String(count),
      perDay(count, report),
      String(alerts),
      formatSpan(longestMs),
      formatSpan(firingMs),
    ]),
  );
}

function printEpisodes({ episodes, episodesLeftOut }: BacktestReport, terminal: Terminal): void {
  const shown = episodes.slice(0, MAX_ROWS);
  printTable(
    terminal,
    [
      { title: 'FROM' },
      { title: 'UNTIL' },
      { title: 'FOR', align: 'right' },
      { title: 'VALUE', align: 'right' },
      { title: 'ALERT' },
      { title: 'LABELS' },
    ],
    shown.map(({ alert, labels, firingFromMs, firingUntilMs, value }) => [
      formatTime(firingFromMs),
      firingUntilMs === undefined ? 'still firing' : formatTime(firingUntilMs),
      firingUntilMs === undefined ? '' : formatSpan(firingUntilMs - firingFromMs),
      shortNumber(value),
      { text: alert, style: styleOf(labels['severity'] ?? 'warning') },
      labelsText(labels),
    ]),
  );
  const more = episodes.length - shown.length + episodesLeftOut;
  if (more > 0) terminal.print(`... and ${more} more; --json has ${episodes.length} of them`);
}

function printReceivers(report: BacktestReport, terminal: Terminal): void {
  terminal.print(`Routing: ${report.routing}`);
  if (report.receivers.length === 0) {
    terminal.print('No message would have been sent.');
    return;
  }
  printTable(
    terminal,
    [
      { title: 'SENT TO' },
      { title: 'MESSAGES', align: 'right' },
      { title: 'A DAY', align: 'right' },
      { title: 'FIRING', align: 'right' },
      { title: 'RESOLVED', align: 'right' },
      { title: 'REMINDERS', align: 'right' },
      { title: 'BY HOUR, 0 TO 23' },
      { title: 'MOST IN AN HOUR' },
    ],
    report.receivers.map(({ receiver, integration, messages, byHour, worstHour, ...of }) => [
      `${receiver} (${integration})`,
      String(messages),
      perDay(messages, report),
      String(of.firing),
      String(of.resolved),
      String(of.reminders),
      hoursText(byHour),
      `${worstHour.messages}, from ${formatTime(worstHour.fromMs)}`,
    ]),
  );
}

/** 24 blocks, a dot for an hour without any message. */
function hoursText(byHour: readonly number[]): string {
  const line = sparkline(byHour, 0);
  return byHour.map((count, hour) => (count === 0 ? '·' : line[hour])).join('');
}

const DAY_MS = 86_400_000;

/** Only of a day at least: a rate of minutes says nothing of a day. */
function perDay(count: number, { fromMs, untilMs }: BacktestReport): string {
  const days = (untilMs - fromMs) / DAY_MS;
  return days < 1 ? '-' : (count / days).toFixed(1);
}
