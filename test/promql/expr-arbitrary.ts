import fc from 'fast-check';

/** Well-typed expressions of every kind, as text; instant vectors and scalars. */

const label = fc.constantFrom('host', 'disk', 'le', '"with space"', 'job');
const labelList = fc.array(label, { maxLength: 3 }).map((names) => `(${names.join(', ')})`);
const quoted = fc.constantFrom('"h1"', "'h.*'", '`h[12]|`', '""', '"\\u00e9\\n"');
const matcher = fc
  .tuple(label, fc.constantFrom('=', '!=', '=~', '!~'), quoted)
  .map((parts) => parts.join(''));
const selector = fc.oneof(
  fc.constantFrom('a', 'b:c', 'offset', 'sum', 'step', '{"quoted name"}', 'c_bucket'),
  fc
    .tuple(fc.constantFrom('a', 'by', ''), fc.array(matcher, { minLength: 1, maxLength: 3 }))
    .map(([name, matchers]) => `${name}{${[...matchers, 'zone!=""'].join(',')}}`),
);
const literalDuration = fc.constantFrom('5m', '90s', '1h30m', '2w', '300', '0.5', '1y2d');
const duration: fc.Arbitrary<string> = fc.letrec<{ duration: string }>((tie) => ({
  duration: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    literalDuration,
    fc.constantFrom('step()', 'range()'),
    fc
      .tuple(tie('duration'), fc.constantFrom('+', '*', '/', '^', '%'), tie('duration'))
      .map(([l, op, r]) => `(${l}) ${op} (${r})`),
    fc.tuple(tie('duration'), tie('duration')).map(([l, r]) => `max_of(${l}, ${r})`),
  ),
})).duration;
const modifiers = fc
  .tuple(
    fc.oneof(fc.constant(''), fc.constantFrom(' @ 12.5', ' @ start()', ' @ end()', ' @ -1')),
    fc.oneof(
      fc.constant(''),
      literalDuration.map((d) => ` offset ${d}`),
      literalDuration.map((d) => ` offset -${d}`),
      // Without the sign an operator that follows would belong to the duration.
      duration.map((d) => ` offset -(${d})`),
    ),
  )
  .map((parts) => parts.join(''));

const OF_RANGE = ['rate', 'changes', 'avg_over_time', 'absent_over_time', 'integral'];
const BINARY = ['+', '-', '*', '/', '%', '^', 'atan2', '==', '!=', '>', '<', '>=', '<='];

const { vector } = fc.letrec<{ vector: string; scalar: string; range: string }>((tie) => ({
  scalar: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('1', '0x1F', '-2.5', '(Inf)', '5m', '1e30', 'time()', 'end()', 'pi()', '1e-7'),
    fc
      .tuple(tie('scalar'), fc.constantFrom('+', '^', '>= bool'), tie('scalar'))
      .map((p) => p.join(' ')),
    tie('vector').map((v) => `scalar(${v})`),
    tie('scalar').map((s) => `-(${s})`),
  ),
  range: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(selector, duration, modifiers).map(([s, d, m]) => `${s}[${d}]${m}`),
    fc
      .tuple(tie('vector'), duration, fc.option(duration, { nil: '' }), modifiers)
      .map(([v, range, step, m]) => `(${v})[${range}:${step}]${m}`),
  ),
  vector: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(selector, modifiers).map((parts) => parts.join('')),
    fc.tuple(fc.constantFrom(...OF_RANGE), tie('range')).map(([f, r]) => `${f}(${r})`),
    fc
      .tuple(
        fc.constantFrom('sum', 'MIN', 'group'),
        fc.constantFrom('by', 'without'),
        labelList,
        tie('vector'),
      )
      .map(([op, by, labels, v]) => `${op} ${by} ${labels} (${v})`),
    fc
      .tuple(tie('scalar'), labelList, tie('vector'))
      .map(([k, l, v]) => `topk(${k}, ${v}) by ${l}`),
    tie('vector').map((v) => `count_values("x", ${v})`),
    tie('vector').map((v) => `label_replace(${v}, "a", "$1", "b", "(.*)")`),
    fc.tuple(tie('vector'), tie('scalar')).map(([v, s]) => `round(${v}, ${s})`),
    tie('vector').map((v) => `-${v}`),
    fc
      .tuple(
        tie('vector'),
        fc.constantFrom(...BINARY, '== bool', 'and', 'or', 'unless'),
        fc.constantFrom('', ' on (host)', ' ignoring ("with space", le)'),
        tie('vector'),
      )
      .map(([l, op, on, r]) => (on === '' ? `${l} ${op} ${r}` : `(${l}) ${op}${on} (${r})`)),
    fc
      .tuple(tie('vector'), fc.constantFrom('group_left', 'group_right (job)'), tie('vector'))
      .map(([l, group, r]) => `(${l}) * on (host) ${group} fill_left (1) fill_right (-2) (${r})`),
    fc.tuple(tie('vector'), fc.constantFrom(...BINARY), tie('scalar')).map((p) => p.join(' ')),
  ),
}));

export const someExpr: fc.Arbitrary<string> = vector;
