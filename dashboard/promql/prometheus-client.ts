import { EqlRegex, EqlSingle, Neq, NeqRegex } from '@prometheus-io/lezer-promql';
import type { NameMatcher, Names } from './names.ts';

/** A matcher as Prometheus' completion has it. */
interface WrittenMatcher {
  readonly type: number;
  readonly name: string;
  readonly value: string;
}

const OPS: ReadonlyMap<number, NameMatcher['op']> = new Map([
  [EqlSingle, '='],
  [Neq, '!='],
  [EqlRegex, '=~'],
  [NeqRegex, '!~'],
]);

/** Our names in the shape in which Prometheus' completion asks for them. */
export function prometheusClient(names: Names) {
  return {
    metricNames: async (): Promise<string[]> => [...(await names.metrics())],
    labelNames: async (metric = ''): Promise<string[]> => [...(await names.labels(metric))],
    labelValues: async (
      label: string,
      metric = '',
      matchers: readonly WrittenMatcher[] = [],
    ): Promise<string[]> => {
      const known = matchers.flatMap(({ type, name, value }): NameMatcher[] => {
        const op = OPS.get(type);
        return op === undefined ? [] : [{ name, op, value }];
      });
      return [...(await names.values(label, metric, known))];
    },
    // The catalogue is at hand; see `completion`.
    metricMetadata: async (): Promise<Record<string, { type: string; help: string }[]>> => ({}),
    series: async (): Promise<Map<string, string>[]> => [],
    flags: async (): Promise<Record<string, string>> => ({}),
  };
}
