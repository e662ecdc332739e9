import type { ValueType } from './ast.ts';

/** What a function takes and gives. Source: prometheus/promql/parser/functions.go. */
export interface FunctionSignature {
  readonly args: readonly ValueType[];
  /**
   * 0: exactly `args`. Above 0: the last of `args` may be left out, or given up to so many times.
   * -1: it may be left out or given any number of times.
   */
  readonly variadic: number;
  readonly returns: ValueType;
}

function signature(
  args: readonly ValueType[],
  returns: ValueType = 'vector',
  variadic = 0,
): FunctionSignature {
  return { args, variadic, returns };
}

const OF_VECTOR = signature(['vector']);
const OF_RANGE = signature(['matrix']);
const OF_NOTHING = signature([], 'scalar');
const OF_TIME = signature(['vector'], 'vector', 1);

function each(names: string, value: FunctionSignature): [string, FunctionSignature][] {
  return names.split(' ').map((name) => [name, value]);
}

/** Every function of PromQL, the native histogram ones included. */
export const FUNCTIONS: ReadonlyMap<string, FunctionSignature> = new Map([
  ...each('abs absent ceil exp floor ln log10 log2 sgn sort sort_desc sqrt', OF_VECTOR),
  ...each('acos acosh asin asinh atan atanh cos cosh deg rad sin sinh tan tanh', OF_VECTOR),
  ...each('timestamp start_timestamp', OF_VECTOR),
  ...each(
    'histogram_avg histogram_count histogram_stddev histogram_stdvar histogram_sum',
    OF_VECTOR,
  ),
  ...each(
    'absent_over_time avg_over_time count_over_time first_over_time last_over_time',
    OF_RANGE,
  ),
  ...each('mad_over_time max_over_time min_over_time present_over_time', OF_RANGE),
  ...each('stddev_over_time stdvar_over_time sum_over_time', OF_RANGE),
  ...each('ts_of_first_over_time ts_of_last_over_time', OF_RANGE),
  ...each('ts_of_max_over_time ts_of_min_over_time', OF_RANGE),
  ...each('changes delta deriv idelta increase irate rate resets', OF_RANGE),
  ...each('day_of_month day_of_week day_of_year days_in_month hour minute month year', OF_TIME),
  ...each('end pi range start step time', OF_NOTHING),
  ...each('max_of min_of', signature(['scalar', 'scalar'], 'scalar')),
  ['clamp', signature(['vector', 'scalar', 'scalar'])],
  ['clamp_max', signature(['vector', 'scalar'])],
  ['clamp_min', signature(['vector', 'scalar'])],
  ['double_exponential_smoothing', signature(['matrix', 'scalar', 'scalar'])],
  ['histogram_fraction', signature(['scalar', 'scalar', 'vector'])],
  ['histogram_quantile', signature(['scalar', 'vector'])],
  ['histogram_quantiles', signature(['vector', 'string', 'scalar', 'scalar'], 'vector', 9)],
  ['info', signature(['vector', 'vector'], 'vector', 1)],
  ['integral', signature(['matrix', 'scalar'], 'vector', 1)],
  ['label_join', signature(['vector', 'string', 'string', 'string'], 'vector', -1)],
  ['label_replace', signature(['vector', 'string', 'string', 'string', 'string'])],
  ['predict_linear', signature(['matrix', 'scalar'])],
  ['quantile_over_time', signature(['scalar', 'matrix'])],
  ['round', signature(['vector', 'scalar'], 'vector', 1)],
  ['scalar', signature(['vector'], 'scalar')],
  ['sort_by_label', signature(['vector', 'string'], 'vector', -1)],
  ['sort_by_label_desc', signature(['vector', 'string'], 'vector', -1)],
  ['vector', signature(['scalar'])],
]);
