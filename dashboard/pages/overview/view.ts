import { SORTS, type Sort } from './arrange.ts';
import { type Filter, readFilter } from './filter.ts';
import { CELL_SIZES, type CellSize } from './layout.ts';
import { isMetricName, type MetricName } from './metrics.ts';

/** What is looked at, and how, as the address says. */
export interface View {
  /** As it was typed. */
  readonly q: string;
  readonly filter: Filter;
  /** The tag to group by; `''`: each host is a group. */
  readonly tag: string;
  readonly sort: Sort;
  readonly size: CellSize;
  /** What cells are coloured by; `''`: the state. */
  readonly metric: MetricName | '';
}

/** Of `?q=&show=&group=&sort=&cells=&metric=`; what nobody knows is as if it was not there. */
export function readView(query: URLSearchParams): View {
  const given = query.get('metric') ?? '';
  const metric = isMetricName(given) ? given : '';
  const sort = SORTS.find((one) => one === query.get('sort')) ?? 'problems';
  return {
    q: query.get('q') ?? '',
    filter: readFilter(query),
    tag: query.get('group') ?? '',
    sort: sort === 'metric' && metric === '' ? 'problems' : sort,
    size: CELL_SIZES.find((one) => one === query.get('cells')) ?? 'auto',
    metric,
  };
}
