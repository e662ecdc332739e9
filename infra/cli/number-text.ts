import { formatFloat } from '../../core/rules/template/float-text.ts';

/** Six digits that matter: `97.2143`, `1.5e+10`. */
export function shortNumber(value: number): string {
  return formatFloat(Number.isFinite(value) ? Number(value.toPrecision(6)) : value, 'g');
}
