import fc from 'fast-check';
import {
  FILLS,
  GROUPED,
  grouping,
  MATCHING,
  nodes,
  PERIODIC,
  TRANSCENDENTAL,
} from './exact-query.ts';

/*
 * Logarithms, powers and angles differ between platforms in the last bit. What jumps or cancels out
 * (`%`, `floor`, a comparison, a difference of two of them) would make any difference of that. So they
 * are asked of exact queries, and around them is only what keeps a small difference small.
 */
const POWERS = ['^', 'atan2'];
const matched = fc
  .tuple(fc.constantFrom(...MATCHING, ...GROUPED), fc.constantFrom(...FILLS))
  .map((parts) => parts.join(''));
const inexactVector = fc.oneof(
  fc
    .tuple(fc.constantFrom(...TRANSCENDENTAL), nodes.vector)
    .map(([name, text]) => `${name}(${text})`),
  fc
    .tuple(fc.constantFrom(...PERIODIC), nodes.vector)
    .map(([name, text]) => `${name}(clamp(${text}, -7, 7))`),
  fc
    .tuple(nodes.vector, fc.constantFrom(...POWERS), matched, nodes.vector)
    .map(([left, op, on, right]) => `(${left}) ${op}${on} (${right})`),
  fc
    .tuple(
      fc.oneof(fc.tuple(nodes.vector, nodes.scalar), fc.tuple(nodes.scalar, nodes.vector)),
      fc.constantFrom(...POWERS),
    )
    .map(([[left, right], op]) => `(${left}) ${op} (${right})`),
);
const inexactScalar = fc
  .tuple(nodes.scalar, fc.constantFrom(...POWERS), nodes.scalar)
  .map(([left, op, right]) => `(${left}) ${op} (${right})`);
/** With something around it that neither jumps nor cancels out. */
const wrapped = fc.oneof(
  fc
    .tuple(fc.constantFrom('min', 'max', 'count', 'group'), grouping, nodes.vector, inexactVector)
    .map(([op, by, other, text]) => `${op}${by} ((${other}) or (${text}))`),
  fc
    .tuple(fc.constantFrom('max', 'min', 'last', 'present'), inexactVector)
    .map(([name, text]) => `${name}_over_time((${text})[5m:1m])`),
  fc
    .tuple(inexactVector, fc.constantFrom('*', '/'), nodes.scalar)
    .map(([left, op, right]) => `-(${left}) ${op} (${right})`),
);

/** What to ask; `T` in the text stands for the query's own time in seconds. */
export const someQuery: fc.Arbitrary<string> = fc.oneof(
  { weight: 20, arbitrary: nodes.vector },
  { weight: 4, arbitrary: inexactVector },
  { weight: 1, arbitrary: inexactScalar },
  { weight: 2, arbitrary: wrapped },
  { weight: 2, arbitrary: nodes.scalar },
  { weight: 1, arbitrary: nodes.range },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('sort', 'sort_desc'), nodes.vector)
      .map(([name, text]) => `${name}(${text})`),
  },
  {
    weight: 1,
    // Labels that a series lacks: Prometheus has no fixed place for it among the others.
    arbitrary: fc
      .tuple(fc.constantFrom('asc', 'desc'), nodes.scalar)
      .map(
        ([way, factor]) => `sort_by_label${way === 'asc' ? '' : '_desc'}(temp * ${factor}, "host")`,
      ),
  },
);
