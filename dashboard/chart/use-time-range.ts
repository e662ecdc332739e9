import { useEffect, useMemo, useState } from 'preact/hooks';
import { isAwake } from '../api/wake.ts';
import { type ChangeQuery, useQuery } from '../app/router.ts';
import {
  bounded,
  followEveryMs,
  PRESETS,
  type Preset,
  readRange,
  type Steps,
  scaled,
  shifted,
  stepsOf,
  type TimeSpan,
  writeRange,
} from './range.ts';

/** The time that a page looks at, and what changes it. It is in the address: going back undoes a change. */
export interface TimeRange {
  readonly span: TimeSpan;
  /** It ends now, and follows. */
  readonly isLive: boolean;
  /** Absent: from and to were chosen. */
  readonly preset?: Preset;
  readonly steps: Steps;
  readonly choose: (preset: Preset) => void;
  readonly show: (span: TimeSpan) => void;
  /** Into a part that was dragged over. */
  readonly zoom: (span: TimeSpan) => void;
  /** Back where the last zoom came from; else twice as long. */
  readonly zoomOut: () => void;
  readonly zoomIn: () => void;
  /** A half of its length earlier (-1) or later (1). */
  readonly shift: (way: -1 | 1) => void;
  /** Stays as it is now, or ends now again. */
  readonly follow: (isLive: boolean) => void;
}

/** Addresses that a zoom led to: going back from there is what undoes it. */
const zoomedTo = new Set<string>();
const ZOOMS_MOST = 200;

/** The time range of the open page: `range=6h`, which follows what is new, or `from=` and `to=`. */
export function useTimeRange(otherwise: Preset = '6h'): TimeRange {
  const [query, change] = useQuery();
  const text = ['range', 'from', 'to'].map((name) => query.get(name)).join();
  const chosen = useMemo(() => readRange(query, otherwise), [text, otherwise]);
  const preset = chosen.kind === 'preset' ? chosen.preset : undefined;
  const toMs = useClock(preset);
  return useMemo(() => {
    const span =
      chosen.kind === 'fixed' ? chosen.span : { fromMs: toMs - PRESETS[chosen.preset], toMs };
    return rangeOf(span, preset, otherwise, change);
  }, [chosen, toMs]);
}

function rangeOf(
  span: TimeSpan,
  preset: Preset | undefined,
  otherwise: Preset,
  change: ChangeQuery,
): TimeRange {
  const show = (next: TimeSpan) =>
    change(writeRange({ kind: 'fixed', span: untilNow(bounded(next)) }));
  const zoom = (next: TimeSpan) => {
    const before = location.search;
    show(next);
    if (location.search === before) return;
    if (zoomedTo.size >= ZOOMS_MOST) zoomedTo.clear();
    zoomedTo.add(location.search);
  };
  const choose = (next: Preset) => change(writeRange({ kind: 'preset', preset: next }));
  return {
    span,
    isLive: preset !== undefined,
    ...(preset === undefined ? {} : { preset }),
    steps: stepsOf(span),
    choose,
    show,
    zoom,
    zoomOut: () => {
      if (zoomedTo.delete(location.search)) history.back();
      else show(scaled(span, 2, Date.now()));
    },
    zoomIn: () => zoom(scaled(span, 0.5, Date.now())),
    shift: (way) => show(shifted(span, (way * (span.toMs - span.fromMs)) / 2, Date.now())),
    follow: (isLive) => (isLive ? choose(nearestPreset(span, otherwise)) : show(span)),
  };
}

/** Nothing is known of the future. */
function untilNow({ fromMs, toMs }: TimeSpan): TimeSpan {
  const overMs = Math.max(0, toMs - Date.now());
  return { fromMs: fromMs - (overMs >= toMs - fromMs ? overMs : 0), toMs: toMs - overMs };
}

/** The preset whose length is nearest. */
function nearestPreset({ fromMs, toMs }: TimeSpan, otherwise: Preset): Preset {
  const far = (preset: Preset) => Math.abs(Math.log((toMs - fromMs) / PRESETS[preset]));
  const names = Object.keys(PRESETS) as Preset[];
  return names.reduce((best, name) => (far(name) < far(best) ? name : best), otherwise);
}

/** The time of now as a chart of that length needs it: as often as there may be something new. */
function useClock(preset: Preset | undefined): number {
  const [nowMs, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (preset === undefined) return;
    setNow(Date.now());
    const everyMs = followEveryMs(stepsOf({ fromMs: 0, toMs: PRESETS[preset] }));
    const tick = () => {
      if (isAwake()) setNow(Date.now());
    };
    const timer = setInterval(tick, everyMs);
    document.addEventListener('visibilitychange', tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tick);
    };
  }, [preset]);
  return nowMs;
}
