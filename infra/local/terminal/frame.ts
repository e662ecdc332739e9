import { welcomeLink } from '../../../core/answers/welcome-link.ts';
import { machineTable } from './machine-table.ts';
import { cleanLine, cut, type Paint, type Style, toWidth, widthOf, wrap } from './text.ts';
import { formatDuration, formatTimeOfDay } from './units.ts';
import type { AlertView, MessageView, ViewState } from './view-state.ts';

export interface FrameOptions {
  readonly width: number;
  readonly height: number;
  readonly nowMs: number;
  readonly paint: Paint;
}

/** Below this nothing of use can be shown. */
const MIN_HEIGHT = 8;
/** Alerts and problems beyond these are counted. */
const MAX_ALERTS = 8;
const MAX_PROBLEMS = 3;
/** What the agent said last is of interest so long. */
const AGENT_LINE_MS = 20_000;
/** What messages keep, whatever the number of VMs. */
const MESSAGES_MIN = 6;

/** The live view as at most `height` lines, none wider than `width`. */
export function renderFrame(state: ViewState, options: FrameOptions): string[] {
  const { width, height, nowMs, paint } = options;
  const head = [...headLines(state, options), ''];
  const problems = problemLines(state, options);
  const alerts = ['', ...alertLines(state, options)];
  const free = Math.max(0, height - head.length - problems.length - alerts.length);
  const waiting = state.hosts.size === 0;
  const machines = waiting
    ? [paint('dim', 'waiting for the first numbers of this machine …')]
    : machineTable(
        state.hosts.values(),
        width,
        Math.max(3, free - Math.min(MESSAGES_MIN, Math.floor(free / 2))),
        nowMs,
        paint,
      );
  const messages = messageLines(state, width, free - machines.length - 1, paint);
  const lines = [...head, ...problems, ...machines, ...alerts, '', ...messages];
  return lines.slice(0, Math.max(MIN_HEIGHT, height));
}

function headLines(state: ViewState, { width, nowMs, paint }: FrameOptions): string[] {
  const hosts = [...state.hosts.values()];
  const vms = hosts.flatMap((host) => host.vms);
  const running = vms.filter((vm) => vm.stateNumber === 1 && vm.reason !== 'hung').length;
  const counts = [
    plural(hosts.length, 'host'),
    ...(vms.length === 0 ? [] : [`${running} of ${plural(vms.length, 'VM')} running`]),
    state.rules,
    state.lastTick === undefined
      ? 'not evaluated yet'
      : `evaluated ${formatDuration(nowMs - state.lastTick.atMs)} ago in ${Math.round(state.lastTick.tookMs)} ms`,
  ].join(' · ');
  const where = [
    `listening on ${state.url}`,
    `data in ${state.dataPath}`,
    ...(state.mailTo === undefined ? [] : [`mail to ${state.mailTo}`]),
    'Ctrl-C stops',
  ].join(' · ');
  const title = 'Hypervigil';
  const clock = formatTimeOfDay(nowMs);
  const room = width - widthOf(title) - widthOf(clock) - 4;
  return [
    `${paint(['bold', 'cyan'], title)}  ${toWidth(cleanLine(counts), room)}  ${paint('dim', clock)}`,
    paint('dim', cut(cleanLine(where), width)),
    ...dashboardLines(state, width),
  ];
}

/** Whole, so that it can be clicked and copied: on a narrow terminal the address, and the token below it. */
function dashboardLines({ url, token }: ViewState, width: number): string[] {
  if (token === undefined) return [];
  const whole = `dashboard: ${welcomeLink(url, token)}`;
  if (widthOf(whole) <= width) return [whole];
  return [cut(`dashboard: ${url}`, width), cut(`token: ${token}`, width)];
}

function problemLines(state: ViewState, { width, nowMs, paint }: FrameOptions): string[] {
  const all = [...state.problems].map(([where, problem]) => `${where}: ${problem}`);
  const shown = all.slice(0, MAX_PROBLEMS);
  const more = all.length > shown.length ? [`… ${all.length - shown.length} more problems`] : [];
  const lines = [...shown, ...more].map((line) => paint('red', cut(`! ${cleanLine(line)}`, width)));
  const { agentLine } = state;
  if (agentLine !== undefined && nowMs - agentLine.atMs < AGENT_LINE_MS)
    lines.push(paint('dim', cut(`agent: ${cleanLine(agentLine.text)}`, width)));
  return lines.length === 0 ? [] : [...lines, ''];
}

const ALERT_STYLES: Readonly<Record<string, Style>> = { critical: 'red', warning: 'yellow' };

function alertLines({ alerts }: ViewState, { width, nowMs, paint }: FrameOptions): string[] {
  const firing = alerts.filter((alert) => alert.state === 'firing');
  const pending = alerts.filter((alert) => alert.state === 'pending');
  const counts = `${firing.length} firing, ${pending.length} pending`;
  const title =
    paint('bold', 'ALERTS') + paint('dim', alerts.length === 0 ? ' none' : ` ${counts}`);
  const shown = [...firing, ...pending].slice(0, MAX_ALERTS);
  const lines = shown.map((alert) => alertLine(alert, width, nowMs, paint));
  const left = alerts.length - shown.length;
  return [title, ...lines, ...(left > 0 ? [paint('dim', `… ${left} more`)] : [])];
}

function alertLine(alert: AlertView, width: number, nowMs: number, paint: Paint): string {
  const state = toWidth(alert.state === 'firing' ? 'firing' : 'pending', 8);
  const age = toWidth(formatDuration(nowMs - alert.sinceMs), 8);
  const style = alert.state === 'pending' ? 'dim' : (ALERT_STYLES[alert.severity] ?? 'cyan');
  const name = cut(cleanLine(alert.name), 28);
  const about = cut(cleanLine(alert.about), width - 18 - widthOf(name));
  return `${paint(style, state)} ${paint('dim', age)}${paint('bold', name)} ${about}`;
}

/** The newest message whole, before it the subjects of earlier ones, as far as lines are left. */
function messageLines(
  { messages }: ViewState,
  width: number,
  height: number,
  paint: Paint,
): string[] {
  const newest = messages.at(-1);
  const title = paint('bold', 'MESSAGES');
  if (newest === undefined) return [title + paint('dim', ' none since the start')];
  const body = wrap(newest.text.trim(), width - 2).map((line) => `  ${line}`.trimEnd());
  const room = Math.max(2, height - 1);
  const whole = [subjectLine(newest, width, paint), ...body];
  const shown = whole.length > room ? [...whole.slice(0, room - 1), paint('dim', '  …')] : whole;
  const spare = room - shown.length;
  const earlier = spare > 0 ? messages.slice(0, -1).slice(-spare) : [];
  const before = earlier.map((each) => subjectLine(each, width, paint));
  return [title, ...before, ...shown];
}

function subjectLine({ atMs, status, subject }: MessageView, width: number, paint: Paint): string {
  const style = status === 'resolved' ? 'green' : 'red';
  return `${paint('dim', formatTimeOfDay(atMs))} ${paint(style, cut(cleanLine(subject), width - 9))}`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
