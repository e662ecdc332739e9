const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/**
 * Numbers as a line of blocks, the lowest to the highest; `least` is what the lowest block stands for
 * where that is less than all numbers. A number that is missing or NaN is a blank.
 */
export function sparkline(values: readonly (number | undefined)[], least?: number): string {
  const known = values.filter((value) => value !== undefined).filter(Number.isFinite);
  const low = Math.min(least ?? Number.POSITIVE_INFINITY, ...known);
  const high = Math.max(...known);
  return values
    .map((value) => {
      if (value === undefined || Number.isNaN(value)) return ' ';
      if (!(high > low)) return LEVELS[high > (least ?? high) ? 7 : 0];
      const part = Math.max(0, Math.min(1, (value - low) / (high - low)));
      return LEVELS[Math.round(part * (LEVELS.length - 1))];
    })
    .join('');
}
