import fc from 'fast-check';
import type { ValueType } from '../../core/promql/ast.ts';
import { FUNCTIONS } from '../../core/promql/function-signatures.ts';

/** Well-typed queries over the series of `some-series.ts` whose values are the same to the last bit everywhere. */

const MATCHERS = [
  ...['host="h1"', 'host!="h1"', 'host=~"h[12]"', 'host!~"h1|"', 'disk=""', 'disk!=""'],
  ...['disk=~"sd.*"', 'code="500"', 'le="1"', 'le!~"0.*"', 'le="+Inf"', 'nothing=""', 'none="x"'],
];
const names = fc.constantFrom(
  ...['temp', 'temp', 'temp', 'load', '{"host.free"}', 'odd_bucket', 'requests_total'],
  ...['requests_total', 'ticks', 'latency_seconds_bucket', 'up', 'temp', 'load', 'missing'],
);
/** Not one label twice: Prometheus' storage reorders matchers, and `absent` heeds their order. */
const matchers = fc
  .subarray(MATCHERS, { minLength: 1, maxLength: 2 })
  .filter((list) => new Set(list.map((text) => /^\w+/.exec(text)?.[0])).size === list.length);
const selector = fc.oneof(
  { weight: 6, arbitrary: names },
  {
    weight: 2,
    arbitrary: fc
      .tuple(names, matchers)
      .map(([name, list]) =>
        name.startsWith('{')
          ? name.replace('}', `,${list.join(',')}}`)
          : `${name}{${list.join(',')}}`,
      ),
  },
  { weight: 1, arbitrary: fc.constantFrom('{__name__=~"temp|load"}', '{host="h2",disk="sda"}') },
);

const short = fc.constantFrom('30s', '1m', '2m', '5m', '10m', '450', '1m7s');
const range = fc.oneof(
  { weight: 8, arbitrary: short },
  { weight: 1, arbitrary: fc.constantFrom('1m + 30s', 'max_of(step(), 2m)', '2 * (range() + 1m)') },
);
/** `T` stands for the query's own time, in seconds. */
const modifiers = fc
  .tuple(
    fc.oneof(
      { weight: 8, arbitrary: fc.constant('') },
      { weight: 2, arbitrary: fc.constantFrom(' @ start()', ' @ end()', ' @ T', ' @ T.25') },
    ),
    fc.oneof(
      { weight: 5, arbitrary: fc.constant('') },
      { weight: 2, arbitrary: short.map((text) => ` offset ${text}`) },
      { weight: 1, arbitrary: short.map((text) => ` offset -${text}`) },
    ),
  )
  .map((parts) => parts.join(''));
const extended = fc.oneof(
  { weight: 12, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom(' smoothed', ' anchored') },
);

export const grouping = fc.constantFrom(
  ...['', '', ' by (host)', ' by (host, disk)', ' by ()', ' without (host)', ' without (le)'],
  ...[' by (__name__)', ' without (disk, code)', ' by (nothing, host)'],
);
const SIMPLE_AGGREGATES = ['sum', 'avg', 'count', 'min', 'max', 'group', 'stddev', 'stdvar'];

/** The last bit of a large argument decides all of the result: only of small ones. */
export const PERIODIC = ['sin', 'cos', 'tan'];
export const TRANSCENDENTAL = [
  ...['exp', 'ln', 'log2', 'log10', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh'],
  ...['asin', 'acos', 'atan'],
];
const DATES = [
  ...['day_of_month', 'day_of_week', 'day_of_year', 'days_in_month', 'hour', 'minute', 'month'],
  ...['year'],
];

/** Their last bit is the platform's. */
const INEXACT_FUNCTIONS = [...PERIODIC, ...TRANSCENDENTAL];

/**
 * Left out of the calls made from signatures: which series come first (`sort...`) is compared apart;
 * the others take a label or a pattern, which a list of their own makes.
 */
const BY_HAND = new Set([
  ...['sort', 'sort_desc', 'sort_by_label', 'sort_by_label_desc', 'label_replace', 'label_join'],
  ...['info', 'histogram_quantiles', 'double_exponential_smoothing', 'absent'],
  // What NaN or Inf is as a date depends on the processor: Go does not say.
  ...DATES,
  ...INEXACT_FUNCTIONS,
]);
const signatures = [...FUNCTIONS].filter(([name]) => !BY_HAND.has(name));

function callsReturning(returns: ValueType): fc.Arbitrary<(typeof signatures)[number]> {
  return fc.constantFrom(...signatures.filter(([, signature]) => signature.returns === returns));
}

const ARITHMETIC = ['+', '-', '*', '/', '%'];
const BINARY = [...ARITHMETIC, '==', '!=', '>', '<', '>=', '<='];
const COMPARISON = ['== bool', '!= bool', '> bool', '<= bool'];
const SETS = ['and', 'or', 'unless'];
export const MATCHING = [
  ...[
    '',
    '',
    '',
    ' on (host)',
    ' ignoring (disk)',
    ' on (host, disk)',
    ' ignoring (disk, code, le)',
  ],
  ...[' on ()', ' on (__name__)'],
];
export const GROUPED = [
  ...[' on (host) group_left ()', ' on (host) group_right ()', ' ignoring (disk) group_left ()'],
  ...[' on (host) group_left (code)', ' on (host) group_right (disk, code)'],
  ...[' on (host, disk) group_left (__name__)'],
];
export const FILLS = ['', '', '', ' fill (0)', ' fill_left (-1)', ' fill_right (2) fill_left (3)'];

const DEPTH = { depthSize: 'small', withCrossShrink: true } as const;

interface Nodes {
  readonly scalar: string;
  readonly range: string;
  readonly vector: string;
}

export const nodes = fc.letrec<Nodes>((tie: fc.LetrecTypedTie<Nodes>) => {
  /** A call with arguments of the wanted types, as many as may be. */
  const call = (returns: ValueType): fc.Arbitrary<string> =>
    callsReturning(returns).chain(([name, { args, variadic }]) => {
      const least = variadic === 0 ? args.length : args.length - 1;
      return fc.integer({ min: least, max: args.length }).chain((count) => {
        const given = args.slice(0, count).map((type) => argument(type));
        return fc.tuple(...given).map((texts) => {
          const text = `${name}(${texts.join(', ')})`;
          return name === 'timestamp' ? withoutOffsetAt(text) : text;
        });
      });
    });
  const argument = (type: ValueType): fc.Arbitrary<string> => {
    if (type === 'matrix') return tie('range');
    return type === 'scalar' ? tie('scalar') : tie('vector');
  };
  // In the parameter of an aggregation Prometheus does not heed `@`, or only at the first step.
  const parameter = tie('scalar').map((text) => text.replaceAll(/ @ [\w.]+(?:\(\))?/g, ''));
  return {
    scalar: fc.oneof(
      DEPTH,
      fc.constantFrom('0', '1', '2', '-1', '0.5', '0.9', '1.5', '1e3', 'NaN', 'Inf', '3'),
      call('scalar'),
      fc
        .tuple(tie('scalar'), fc.constantFrom(...ARITHMETIC, ...COMPARISON), tie('scalar'))
        .map(([left, op, right]) => `(${left}) ${op} (${right})`),
      fc.constant('T - time()'),
    ),
    range: fc.oneof(
      DEPTH,
      fc
        .tuple(selector, range, extended, modifiers)
        .map(([text, length, how, when]) => `${text}[${length}]${how}${when}`),
      fc
        .tuple(tie('vector'), short, fc.constantFrom('', '10s', '1m', '47s'), modifiers)
        .map(([text, length, step, when]) => `(${text})[${length}:${step}]${when}`),
    ),
    vector: fc.oneof(
      DEPTH,
      fc.tuple(selector, modifiers).map((parts) => parts.join('')),
      call('vector'),
      call('vector'),
      fc
        .tuple(fc.constantFrom(...SIMPLE_AGGREGATES), grouping, tie('vector'))
        .map(([op, by, text]) => `${op}${by} (${text})`),
      fc
        .tuple(parameter, grouping, tie('vector'))
        .map(([q, by, text]) => `quantile${by} (${q}, ${text})`),
      // Which of equal values topk picks is chance: how many of each value there are is not.
      fc
        .tuple(fc.constantFrom('topk', 'bottomk'), parameter, grouping, tie('vector'))
        .map(
          ([op, k, by, text]) => `count_values("value", round(${op}${by} (${k}, ${text}), 0.01))`,
        ),
      fc
        .tuple(parameter, grouping, tie('vector'))
        .map(([k, by, text]) => `count${by} (limitk${by} (${k}, ${text}))`),
      fc
        .tuple(fc.constantFrom('0.3', '-0.6', '0', '1', '2', '-1.5'), tie('vector'))
        .map(([ratio, text]) => `limit_ratio(${ratio}, ${text})`),
      fc
        .tuple(tie('vector'), fc.constantFrom('host', 'new', 'a b'), grouping)
        // Rounded: the last digit of a value is the platform's.
        .map(([text, label, by]) => `count_values${by} ("${label}", round(${text}, 0.01))`),
      tie('vector').map((text) => `absent(${text})`),
      tie('vector').map((text) => `-(${text})`),
      fc
        .tuple(tie('vector'), fc.constantFrom(...BINARY, ...COMPARISON), tie('scalar'))
        .map(([left, op, right]) => `(${left}) ${op} (${right})`),
      fc
        .tuple(tie('scalar'), fc.constantFrom(...BINARY, ...COMPARISON), tie('vector'))
        .map(([left, op, right]) => `(${left}) ${op} (${right})`),
      fc
        .tuple(
          tie('vector'),
          fc.constantFrom(...BINARY, ...COMPARISON, '</'),
          fc.constantFrom(...MATCHING),
          fc.constantFrom(...FILLS),
          tie('vector'),
        )
        .map(([left, op, on, fill, right]) => `(${left}) ${op}${on}${fill} (${right})`),
      fc
        .tuple(
          tie('vector'),
          fc.constantFrom(...BINARY, ...COMPARISON),
          fc.constantFrom(...GROUPED),
          fc.constantFrom(...FILLS),
          tie('vector'),
        )
        .map(([left, op, on, fill, right]) => `(${left}) ${op}${on}${fill} (${right})`),
      fc
        .tuple(tie('vector'), fc.constantFrom(...SETS), fc.constantFrom(...MATCHING), tie('vector'))
        .map(([left, op, on, right]) => `(${left}) ${op}${on} (${right})`),
      fc
        .tuple(
          tie('vector'),
          fc.constantFrom('"host", "$1x", "host", "h(.)"', `"new", "$\{a}", "disk", "(?P<a>.*)"`),
        )
        .map(([text, rest]) => `label_replace(${text}, ${rest})`),
      fc
        .tuple(
          tie('vector'),
          fc.constantFrom(
            '"all", "-", "host", "disk"',
            '"host", "", "none"',
            '"__name__", "", "host"',
          ),
        )
        .map(([text, rest]) => `label_join(${text}, ${rest})`),
      fc
        .tuple(fc.constantFrom('info(up)', 'info(up, {version=~".+"})', 'info(up * 2, {a=""})'))
        .map(([text]) => text),
      fc
        .tuple(fc.constantFrom(...DATES), tie('vector'), fc.integer({ min: -3, max: 4 }))
        .map(
          ([name, text, factor]) => `${name}(${withoutOffsetAt(`timestamp(${text})`)} * ${factor})`,
        ),
      fc.constantFrom(...DATES).map((name) => `${name}()`),
      tie('range').map((text) => `double_exponential_smoothing(${text}, 0.3, 0.6)`),
      fc
        .tuple(tie('scalar'), fc.constantFrom('rate(', 'sum by (le) (rate(', 'increase('), short)
        .map(([q, f, length]) => {
          const close = ')'.repeat(f.split('(').length - (f.includes('by') ? 2 : 1));
          return `histogram_quantile(${q}, ${f}latency_seconds_bucket[${length}]${close})`;
        }),
      fc
        .constantFrom('0', '-0', 'NaN', '2', '-1', '0.7', '1e9', 'T - time()')
        .map((q) => `histogram_quantiles(latency_seconds_bucket, "q", 0.5, ${q}, 0.99)`),
      tie('scalar').map((high) => `histogram_fraction(0.2, ${high}, latency_seconds_bucket)`),
    ),
  };
});

/** Prometheus' timestamp() overlooks the offset of a selector that has `@` too. */
function withoutOffsetAt(text: string): string {
  return text.replaceAll(/( @ \S+) offset -?\w+/g, '$1');
}
