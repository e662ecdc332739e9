import { isCrash, type VmKind, vmKind } from '../../../core/topology/vm-kind.ts';
import { type Line, type Lines, linesOf } from '../../chart/lines.ts';
import { gridEndMs, gridTimes, type TimeSpan } from '../../chart/range.ts';
import { type Segment, segmentsOf } from '../../chart/timeline.ts';

/** What a VM's timeline tells apart. */
export const TIMELINE_STATES = [
  'running',
  'migrating',
  'busy',
  'suspended',
  'leaving',
  'paused',
  'ioerror',
  'hung',
  'panicked',
  'crashed',
  'failed',
  'off',
] as const;
export type TimelineState = (typeof TIMELINE_STATES)[number];

export const STATE_METRICS = ['vm_state', 'vm_job_active'] as const;

/**
 * What a VM was when, from the series of its states (one for each host and reason) and of the jobs on it. Where nothing
 * was told there is no segment.
 */
export function stateSegments(lines: Lines): Segment<TimelineState>[] {
  const told = linesOf(lines, 'vm_state');
  const jobs = linesOf(lines, 'vm_job_active');
  const timesMs = gridTimes(lines.grid);
  const states = timesMs.map((_, i) => stateAt(told, jobs, i));
  return segmentsOf(timesMs, states, gridEndMs(lines.grid));
}

function stateAt(
  told: readonly Line[],
  jobs: readonly Line[],
  i: number,
): TimelineState | undefined {
  let state: TimelineState | undefined;
  for (const { labels, values } of told) {
    const value = values[i] ?? null;
    if (value === null) continue;
    const kind = vmKind(value, labels['reason'] ?? '');
    const is = kind === undefined ? undefined : ofKind(kind);
    if (is !== undefined && (state === undefined || rank(is) < rank(state))) state = is;
  }
  if (state !== 'running' && state !== 'busy') return state;
  const isMigrating = jobs.some(
    ({ labels, values }) =>
      (values[i] ?? 0) > 0 && (labels['operation'] ?? '').startsWith('migration'),
  );
  return isMigrating ? 'migrating' : state;
}

/** That it left for another host says nothing of it: that one tells. */
function ofKind(kind: VmKind): TimelineState | undefined {
  if (kind === 'migrated') return undefined;
  return kind === 'off_unknown' ? 'off' : kind;
}

/**
 * What counts where a step saw several: trouble, that none is overlooked; else that it runs, as of two hosts of a
 * migration one says it is off.
 */
function rank(state: TimelineState): number {
  if (isTrouble(state)) return 0;
  const at = TIMELINE_STATES.indexOf(state);
  return at + 1;
}

function isTrouble(state: TimelineState): boolean {
  if (state === 'ioerror' || state === 'hung') return true;
  return state === 'panicked' || state === 'crashed' || state === 'failed';
}

/** A stay on a host, ms since 1970; without an end it is there still. */
export interface Stay {
  readonly host: string;
  readonly fromMs: number;
  readonly toMs?: number;
}

/** Something that happened to a VM. */
export type VmEvent =
  | { readonly atMs: number; readonly kind: 'migrated'; readonly from: string; readonly to: string }
  | { readonly atMs: number; readonly kind: 'appeared'; readonly to: string }
  | { readonly atMs: number; readonly kind: 'left'; readonly from: string }
  | { readonly atMs: number; readonly kind: 'booted' | 'ended' | 'crashed' | 'paused' | 'resumed' };

/** Two stays that follow so closely are a move: clocks of two hosts, and what lies between two samples. */
const MOVE_MS = 10 * 60_000;

/** What happened within a time, the newest first: moves to the second, states as finely as the timeline is. */
export function vmEvents(
  segments: readonly Segment<TimelineState>[],
  stays: readonly Stay[],
  { fromMs, toMs }: TimeSpan,
): VmEvent[] {
  const moves = stays.flatMap((stay, i): VmEvent[] => {
    const before = stays[i - 1];
    const isMove = before?.toMs !== undefined && stay.fromMs - before.toMs < MOVE_MS;
    const start: VmEvent = isMove
      ? { atMs: stay.fromMs, kind: 'migrated', from: before.host, to: stay.host }
      : { atMs: stay.fromMs, kind: 'appeared', to: stay.host };
    const next = stays[i + 1];
    const isLeft =
      stay.toMs !== undefined && (next === undefined || next.fromMs - stay.toMs >= MOVE_MS);
    return isLeft
      ? [start, { atMs: stay.toMs ?? stay.fromMs, kind: 'left', from: stay.host }]
      : [start];
  });
  const changes = segments.flatMap(({ state, fromMs: atMs }, i): VmEvent[] => {
    const before = segments[i - 1];
    if (before === undefined) return [];
    const kind = changeOf(before.state, state);
    return kind === undefined ? [] : [{ atMs, kind }];
  });
  return [...moves, ...changes]
    .filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
    .sort((a, b) => b.atMs - a.atMs);
}

type Change = 'booted' | 'ended' | 'crashed' | 'paused' | 'resumed';

function changeOf(before: TimelineState, now: TimelineState): Change | undefined {
  const isUp = (state: TimelineState) => state === 'running' || state === 'migrating';
  const isDown = (state: TimelineState) =>
    state === 'off' || state === 'crashed' || state === 'panicked' || state === 'failed';
  if (isDown(before) && !isDown(now)) return 'booted';
  if (now !== 'off' && isDown(now) && isCrash(now)) return 'crashed';
  if (now === 'off' && !isDown(before)) return 'ended';
  if (now === 'paused' || now === 'ioerror' || now === 'hung') return 'paused';
  return isUp(now) && !isUp(before) ? 'resumed' : undefined;
}
