import Uplot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { ChartBand, ChartThreshold } from './chart-types.ts';
import { type Colors, drawBands, drawThresholds } from './draw-marks.ts';
import { lonePoints, type Scale, ticksOf } from './scale.ts';
import { bindTouch } from './touch.ts';

/** A series as it is drawn: already put on top of those below it. */
export interface DrawnSeries {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** Of the palette, 0 to 7, or a custom property of the style sheet. */
  readonly color: string;
  readonly dash: readonly number[];
  readonly isStacked: boolean;
  readonly isFaint: boolean;
}

export interface Drawn {
  readonly timesMs: readonly number[];
  readonly series: readonly DrawnSeries[];
  readonly thresholds: readonly ChartThreshold[];
  readonly bands: readonly ChartBand[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly scale: Scale;
  readonly unit: string;
  readonly formatValue: (value: number) => string;
  /** Texts for ticks of time that are `stepMs` apart. */
  readonly formatTicks: (timesMs: readonly number[], stepMs: number) => string[];
}

export interface DrawEvents {
  /** Where the cursor was put here, ms since 1970; `undefined`: taken away. */
  readonly onCursor: (atMs: number | undefined) => void;
  readonly onZoom: ((fromMs: number, toMs: number) => void) | undefined;
  readonly onZoomOut: (() => void) | undefined;
}

export interface Drawing {
  readonly update: (drawn: Drawn) => void;
  /** Puts the cursor where it was put in another chart. */
  readonly setCursor: (atMs: number | undefined) => void;
  readonly resize: (width: number, height: number) => void;
  /** Colours have changed. */
  readonly redraw: () => void;
  readonly destroy: () => void;
}

const FONT = '11px system-ui, sans-serif';
/** Wide enough for "1,023 MiB/s", and the same everywhere, so that charts below one another line up. */
const AXIS_WIDTH = 72;
const AXIS_HEIGHT = 28;
const TICK_SPACE = 76;
const DRAG_LEAST = 6;

/** Draws a chart into an element and keeps it as it is told; loaded with uPlot when the first chart is shown. */
export function draw(root: HTMLElement, first: Drawn, events: DrawEvents): Drawing {
  let now = first;
  let shape = shapeOf(first);
  let isMovedFromOutside = false;
  const colors = colorsOf(root);
  let plot = make();
  let untouch = bindTouch(plot, touchEvents);

  function make(): Uplot {
    return new Uplot(options(), dataOf(now), root);
  }

  function touchEvents() {
    return {
      fromMs: now.fromMs,
      toMs: now.toMs,
      ...(events.onZoom === undefined ? {} : { onZoom: events.onZoom }),
    };
  }

  function remake(): void {
    untouch();
    plot.destroy();
    plot = make();
    untouch = bindTouch(plot, touchEvents);
  }

  function options(): Uplot.Options {
    const quiet = () => colors('--quiet');
    const grid = { stroke: () => colors('--edge'), width: 1 };
    return {
      width: Math.max(root.clientWidth, 120),
      height: Math.max(root.clientHeight, 80),
      ms: 1,
      padding: [10, 18, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { size: 7, width: 1 },
        drag: { x: events.onZoom !== undefined, y: false, setScale: false, dist: DRAG_LEAST },
        bind: {
          dblclick: () => () => {
            events.onZoomOut?.();
            return null;
          },
        },
      },
      scales: {
        x: {
          time: true,
          range: (_, min, max) => [min ?? now.fromMs, max ?? now.toMs],
          auto: false,
        },
        y: { range: () => [now.scale.min, now.scale.max] },
      },
      axes: [
        {
          ...{ stroke: quiet, font: FONT, size: AXIS_HEIGHT, space: TICK_SPACE, grid },
          ticks: { ...grid, size: 4 },
          values: (_, splits, __, ___, stepMs) => now.formatTicks(splits, stepMs),
        },
        {
          ...{ stroke: quiet, font: FONT, size: AXIS_WIDTH, gap: 6, grid, ticks: { show: false } },
          splits: (u) => ticksOf(now.scale, now.unit, u.height < 170 ? 3 : 5),
          values: (_, splits) => splits.map((value) => now.formatValue(value)),
        },
      ],
      series: [{}, ...now.series.map((series, i) => seriesOptions(series, i))],
      bands: now.series.flatMap((series, i): Uplot.Band[] => {
        const below = now.series[i - 1];
        return series.isStacked && below?.isStacked ? [{ series: [i + 1, i] }] : [];
      }),
      hooks: {
        drawClear: [(u) => drawBands(u, now, colors)],
        draw: [(u) => drawThresholds(u, now, colors)],
        setCursor: [
          (u) => {
            if (isMovedFromOutside) return;
            const { left, idx } = u.cursor;
            const isIn = left !== undefined && left >= 0 && idx !== null && idx !== undefined;
            events.onCursor(isIn ? now.timesMs[idx] : undefined);
          },
        ],
        setSelect: [
          (u) => {
            const { left, width } = u.select;
            if (width < DRAG_LEAST) return;
            const [fromMs, toMs] = [u.posToVal(left, 'x'), u.posToVal(left + width, 'x')];
            u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            events.onZoom?.(fromMs, toMs);
          },
        ],
      },
    };
  }

  function seriesOptions(series: DrawnSeries, i: number): Uplot.Series {
    const color = () => colors(series.color);
    return {
      label: series.label,
      stroke: color,
      width: series.isStacked ? 1 : 1.5,
      alpha: series.isFaint ? 0.75 : 1,
      dash: [...series.dash],
      ...(series.isStacked
        ? { fill: () => `color-mix(in srgb, ${color()} 45%, transparent)` }
        : {}),
      // A line shows no point that has no neighbour.
      points: {
        ...{ show: true, size: 4, stroke: color, fill: color },
        filter: () => lonePoints(now.series[i]?.values ?? []),
      },
    };
  }

  return {
    update(drawn) {
      now = drawn;
      const newShape = shapeOf(drawn);
      if (newShape !== shape) {
        shape = newShape;
        return remake();
      }
      plot.batch(() => {
        plot.setData(dataOf(drawn), false);
        plot.setScale('x', { min: drawn.fromMs, max: drawn.toMs });
      });
    },
    setCursor(atMs) {
      isMovedFromOutside = true;
      const isIn = atMs !== undefined && atMs >= now.fromMs && atMs <= now.toMs;
      const left = isIn ? plot.valToPos(atMs, 'x') : -10;
      plot.setCursor({ left, top: isIn ? 0 : -10 }, false);
      isMovedFromOutside = false;
    },
    resize(width, height) {
      if (width > 0 && (width !== plot.width || height !== plot.height))
        plot.setSize({ width, height });
    },
    redraw: () => plot.redraw(false, true),
    destroy() {
      untouch();
      plot.destroy();
    },
  };
}

function dataOf({ timesMs, series, fromMs, toMs }: Drawn): Uplot.AlignedData {
  // Without any instant uPlot has no scale of time; two give it one.
  if (timesMs.length === 0) return [[fromMs, toMs], ...series.map(() => [null, null])];
  return [[...timesMs], ...series.map(({ values }) => [...values])];
}

/** What can't be changed in a plot that is there. */
function shapeOf({ series, unit }: Drawn): string {
  return JSON.stringify([
    unit,
    series.map(({ label, color, dash, isStacked, isFaint }) => [
      label,
      color,
      dash,
      isStacked,
      isFaint,
    ]),
  ]);
}

/** Colours of the style sheet's custom properties, as they are when they are asked for. */
function colorsOf(root: HTMLElement): Colors {
  return (property) => getComputedStyle(root).getPropertyValue(property).trim() || '#888';
}
