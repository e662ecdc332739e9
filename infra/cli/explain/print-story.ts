import { formatLabels, labelsFrom } from '../../../core/series/labels.ts';
import { wrap } from '../../local/terminal/text.ts';
import { counted } from '../count.ts';
import { labelsText } from '../label-text.ts';
import { shortNumber } from '../number-text.ts';
import { sparkline } from '../sparkline.ts';
import { styleOf } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { formatClock, formatSpan, formatTime } from '../time-text.ts';
import type { AlertStory, StorySeries } from './alert-story.ts';
import type { NotificationRecord } from './notification-record.ts';

/** A block a minute, as hosts and remote writers have a sample a minute at least; of long times fewer. */
const MAX_BLOCKS = 60;
const MINUTE_MS = 60_000;
/** Values printed beside the beginning of the alert. */
const VALUES_BEFORE = 4;
const VALUES_AFTER = 3;
const INDENT = '  ';
const LABEL_WIDTH = 10;
const TEXT_WIDTH = 100;

/** One `name   text` line, the text wrapped under itself. */
function printField(terminal: Terminal, name: string, text: string): void {
  const width = Math.min(terminal.width, TEXT_WIDTH) - INDENT.length - LABEL_WIDTH;
  wrap(text, width).forEach((line, i) => {
    const label = (i === 0 ? name : '').padEnd(LABEL_WIDTH);
    terminal.print(`${INDENT}${terminal.paint('dim', label)}${line}`.trimEnd());
  });
}

/** How an alert came to be. `now` says how it stands, a line each. */
export function printStory(story: AlertStory, now: readonly string[], terminal: Terminal): void {
  const { subject, rule, pendingFromMs, firing } = story;
  const { labels, annotations, value } = subject;
  const name = labels['alertname'] ?? 'alert';
  const style = styleOf(labels['severity'] ?? 'warning');
  terminal.print(`${terminal.paint(style, name)} ${labelsText(labels)}`);
  const field = (title: string, text: string) => printField(terminal, title, text);
  if (annotations['summary'] !== undefined) field('summary', annotations['summary']);
  field('id', subject.fingerprint);
  if (rule === undefined) field('rule', `there is no rule ${name} any more`);
  else
    field('rule', `${rule.name} of group ${rule.group} in ${rule.file}${holdText(rule.duration)}`);
  const expr = subject.expr ?? rule?.query;
  if (expr !== undefined) field('expr', expr.replace(/\s+/g, ' ').trim());
  if (value !== undefined) field('value', shortNumber(value));
  if (pendingFromMs !== undefined) field('pending', `from ${formatTime(pendingFromMs)}`);
  if (firing !== undefined) {
    const after =
      pendingFromMs === undefined || pendingFromMs >= firing[0]
        ? ''
        : `, ${formatSpan(firing[0] - pendingFromMs)} later`;
    field('firing', `from ${formatTime(firing[0])}${after}`);
  } else field('firing', `from ${formatTime(subject.startsAtMs)} (as the message says)`);
  if (subject.endsAtMs !== undefined) field('over', `at ${formatTime(subject.endsAtMs)}`);
  for (const line of now) field('now', line);
  printSamples(story, terminal);
  terminal.print('');
}

function holdText(seconds: number): string {
  return seconds > 0 ? `, which waits for ${formatSpan(seconds * 1000)}` : '';
}

function printSamples(story: AlertStory, terminal: Terminal): void {
  const { samples, fromMs, untilMs, subject, pendingFromMs } = story;
  if (samples.length === 0) return;
  terminal.print('');
  terminal.print(`${INDENT}Samples, ${formatTime(fromMs)} to ${formatClock(untilMs)}:`);
  const beganMs = pendingFromMs ?? subject.startsAtMs;
  for (const { selector, series, more } of samples) {
    if (series.length === 0) terminal.print(`${INDENT}${selector}: none`);
    for (const one of series) printSeries(one, [fromMs, untilMs], beganMs, terminal);
    if (more > 0) terminal.print(`${INDENT}... and ${more} more series`);
  }
}

function printSeries(
  { labels, points }: StorySeries,
  [fromMs, untilMs]: readonly [number, number],
  beganMs: number,
  { print, paint }: Terminal,
): void {
  print(`${INDENT}${formatLabels(labelsFrom(labels))}`);
  const values = points.map(([, value]) => value).filter(Number.isFinite);
  if (values.length === 0) {
    print(`${INDENT}${INDENT}${paint('dim', 'no number')}`);
    return;
  }
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const range = low === high ? shortNumber(low) : `${shortNumber(low)} to ${shortNumber(high)}`;
  print(`${INDENT}${INDENT}${sparkline(buckets(points, fromMs, untilMs))}  ${range}`);
  const at = points.findIndex(([atMs]) => atMs >= beganMs);
  const middle = at === -1 ? points.length : at;
  const near = points.slice(Math.max(0, middle - VALUES_BEFORE), middle + VALUES_AFTER);
  print(
    `${INDENT}${INDENT}${near.map(([atMs, value]) => `${paint('dim', formatClock(atMs))} ${shortNumber(value)}`).join('  ')}`,
  );
}

/** The last value in each of some equal parts of a time. */
function buckets(
  points: readonly (readonly [number, number])[],
  fromMs: number,
  untilMs: number,
): (number | undefined)[] {
  const count = Math.min(MAX_BLOCKS, Math.max(1, Math.ceil((untilMs - fromMs) / MINUTE_MS)));
  const all = new Array<number | undefined>(count).fill(undefined);
  for (const [atMs, value] of points) {
    const part = Math.ceil(((atMs - fromMs) / (untilMs - fromMs)) * count) - 1;
    all[Math.min(count - 1, Math.max(0, part))] = value;
  }
  return all;
}

const RESULTS = { delivered: 'green', failed: 'yellow', gave_up: 'red' } as const;

/** A message, the way it took and what became of it. */
export function printRecord(record: NotificationRecord, terminal: Terminal): void {
  const { notification, alertsLeftOut, route, deliveries } = record;
  const { print, paint } = terminal;
  const { receiver, integration, status, alerts, atMs } = notification;
  const count = counted(alerts.length + alertsLeftOut, 'alert');
  print(`Message ${paint('bold', notification.id)}: ${paint(styleOf(status), status)}, ${count}`);
  const field = (title: string, text: string) => printField(terminal, title, text);
  field(
    'decided',
    `${formatTime(atMs)}${notification.repeated ? ', a reminder: it was told before' : ''}`,
  );
  field('to', `${receiver}, by ${integration}`);
  if (notification.escalatedFrom !== undefined)
    field('because', `nobody acknowledged what ${notification.escalatedFrom} was told`);
  field('group', notification.groupKey);
  if (route.length === 0) field('route', 'none of the routes there are now');
  route.forEach((id, depth) => {
    field(depth === 0 ? 'route' : '', `${INDENT.repeat(depth)}${lastPart(id)}`);
  });
  if (deliveries.length === 0) field('sent', 'not yet');
  for (const { attempt, atMs: endedMs, durationMs, result, reason } of deliveries) {
    const why = reason === '' ? '' : `: ${reason}`;
    const text = `${formatTime(endedMs)}  ${result.replace('_', ' ')} in ${durationMs} ms${why}`;
    const width = Math.min(terminal.width, TEXT_WIDTH) - INDENT.length - LABEL_WIDTH;
    wrap(text, width).forEach((line, i) => {
      const label = (i === 0 ? `attempt ${attempt}` : '').padEnd(LABEL_WIDTH);
      print(`${INDENT}${paint('dim', label)} ${paint(RESULTS[result], line)}`);
    });
  }
  print('');
}

/** Of a route's id, which has all matchers from the root on, those of the route itself. */
function lastPart(id: string): string {
  const at = id.lastIndexOf('/{');
  return at === -1 ? id : id.slice(at + 1);
}
