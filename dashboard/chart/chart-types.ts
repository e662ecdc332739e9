/** A line, or an area on top of the others that are stacked. */
export interface ChartSeries {
  readonly label: string;
  /** At each of the chart's times; what is missing is a gap. */
  readonly values: readonly (number | null | undefined)[];
  /** Of the palette, 0 to 7; absent: by its place. */
  readonly color?: number;
  /** A comparison, or a forecast. */
  readonly dashed?: boolean;
  readonly stacked?: boolean;
}

/** A line across: what a rule compares with. */
export interface ChartThreshold {
  readonly value: number;
  /** What stands at the line: `HostCpuHigh > 90 %`. */
  readonly label: string;
  readonly tone: 'info' | 'warning' | 'critical';
}

/** A time that is marked behind the lines: an alert was pending or firing. */
export interface ChartBand {
  readonly fromMs: number;
  readonly toMs: number;
  /** The alert's name. */
  readonly label: string;
  readonly tone: 'info' | 'warning' | 'critical';
  readonly isPending: boolean;
}
