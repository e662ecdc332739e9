import type { JSX } from 'preact';
import type { ChartSeries } from './chart-types.ts';

const COLORS = 8;
/** After eight colours the next eight are told apart by their dashes. */
const DASHES: readonly (readonly number[])[] = [[], [10, 3], [3, 3], [10, 3, 3, 3]];
/** A comparison's, whatever its colour. */
const COMPARED: readonly number[] = [4, 4];

/** The custom property of a colour of the palette. */
export function colorOf(color: number): string {
  return `--c${color % COLORS}`;
}

/** Of a line: lengths drawn and left out, in turns. */
export function dashOf({ dashed, stacked }: ChartSeries, color: number): readonly number[] {
  if (dashed === true) return COMPARED;
  return stacked === true ? [] : (DASHES[Math.floor(color / COLORS) % DASHES.length] ?? []);
}

interface SwatchProps {
  readonly series: ChartSeries;
  readonly color: number;
}

/** How a series is drawn, in small: a line as it is broken, or an area. */
export function Swatch({ series, color }: SwatchProps): JSX.Element {
  return (
    <svg class={`chart-swatch chart-c${color % COLORS}`} width="18" height="12" aria-hidden="true">
      {series.stacked === true ? (
        <rect x="2" y="1" width="14" height="10" rx="2" fill="currentColor" />
      ) : (
        <line
          x1="0"
          y1="6"
          x2="18"
          y2="6"
          stroke="currentColor"
          stroke-width="2.5"
          stroke-dasharray={dashOf(series, color).join(' ')}
        />
      )}
    </svg>
  );
}
