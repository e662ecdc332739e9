import { ok, type Result } from '../result.ts';
import {
  formatLabels,
  type Labels,
  labelPairs,
  labelsKey,
  labelValue,
  METRIC_NAME,
  withLabels,
} from '../series/labels.ts';
import { type PromqlError, unwrapParens, type VectorSelector } from './ast.ts';
import { type Block, duplicateLabels, isMetadataLabel } from './block.ts';
import { type Args, vector, vectorArg } from './call-args.ts';
import { type EvalContext, executionError, type Value } from './context.ts';
import { evalSelector } from './eval-selector.ts';
import { sharedReference } from './info-reference.ts';
import { RowsByLabels } from './rows-by-labels.ts';
import { createMatcher } from './selector.ts';
import type { Matcher } from './source.ts';

/** The labels by which an info metric finds the series it is about. */
const IDENTIFYING = ['instance', 'job'];

/**
 * `info(v, {labels...})`: adds to each series the labels of the info metrics (`target_info` unless the
 * second argument names others) that have the same instance and job.
 * Source: prometheus/promql/info.go.
 */
export function evalInfo(args: Args): Result<Value, PromqlError> {
  const block = vectorArg(args, 0);
  if (!block.ok) return block;
  const [of, picked] = args.exprs.map(unwrapParens);
  const matchers = picked?.kind === 'vectorSelector' ? picked.matchers : [];
  const names = infoNames(matchers.filter(({ name }) => name === METRIC_NAME));
  const data = matchers.filter(({ name }) => name !== METRIC_NAME);
  const isInfo = (labels: Labels) =>
    names.every(({ matches }) => matches(labelValue(labels, METRIC_NAME)));
  const bases = block.value.labels.filter((labels) => !isInfo(labels) && isIdentified(labels));
  const wanted = new Set(bases.map(identity));
  const selector: VectorSelector = {
    kind: 'vectorSelector',
    matchers: [...data, ...names],
    position: { start: 0, end: 0 },
    ...(of === undefined ? { offsetMs: 0 } : sharedReference(of)),
  };
  const infos = evalSelector(selector, args.context, 'timestamps');
  if (!infos.ok) return infos;
  return vector(join(block.value, infos.value, { data, isInfo, wanted }, args.context));
}

/** Which info metrics count: `target_info` unless said, and with only exclusions all `*_info`. */
function infoNames(matchers: readonly Matcher[]): readonly Matcher[] {
  if (matchers.some(({ op }) => op === '=' || op === '=~')) return matchers;
  if (matchers.length > 0) return [matcher('=~', '.+_info'), ...matchers];
  return [matcher('=', 'target_info')];
}

function matcher(op: Matcher['op'], value: string): Matcher {
  const made = createMatcher(METRIC_NAME, op, value);
  if (!made.ok) throw new Error(`${op}${value}: ${made.error.message}`);
  return made.value;
}

function isIdentified(labels: Labels): boolean {
  return IDENTIFYING.some((name) => labelValue(labels, name) !== '');
}

function identity(labels: Labels): string {
  return labelsKey(IDENTIFYING.map((name) => labelValue(labels, name)));
}

interface Choice {
  readonly data: readonly Matcher[];
  readonly isInfo: (labels: Labels) => boolean;
  /** Identities of the series that want labels. */
  readonly wanted: ReadonlySet<string>;
}

function join(
  base: Block,
  infos: Block,
  { data, isInfo, wanted }: Choice,
  { steps }: EvalContext,
): Result<Block, PromqlError> {
  const out = new RowsByLabels(steps);
  const ignored = base.labels.map(isInfo);
  const identities = base.labels.map(identity);
  // A series without any info is left out when labels were asked for that it cannot have.
  const needsInfo = data.some(({ matches }) => !matches(''));
  for (let step = 0; step < steps; step++) {
    const found = newest(infos, wanted, step);
    if (!found.ok) return found;
    for (const [row, labels] of base.labels.entries()) {
      const cell = row * steps + step;
      if (base.present[cell] !== 1) continue;
      let target = labels;
      if (ignored[row] !== true) {
        const own = found.value.get(identities[row] ?? '') ?? [];
        if (own.length === 0 && needsInfo) continue;
        const added = addedLabels(labels, own, data);
        if (!added.ok) return added;
        target = added.value;
      }
      if (!out.put(target, step, base.values[cell] ?? Number.NaN)) return duplicateLabels();
    }
  }
  return ok(out.finish());
}

/** At a step, for every identity the newest series of each info metric. */
function newest(
  { labels, values, present, steps }: Block,
  wanted: ReadonlySet<string>,
  step: number,
): Result<ReadonlyMap<string, readonly Labels[]>, PromqlError> {
  const rows = new Map<string, Map<string, number>>();
  for (const [row, rowLabels] of labels.entries()) {
    if (present[row * steps + step] !== 1 || !wanted.has(identity(rowLabels))) continue;
    const byName = rows.get(identity(rowLabels)) ?? new Map<string, number>();
    rows.set(identity(rowLabels), byName);
    const name = labelValue(rowLabels, METRIC_NAME);
    const other = byName.get(name);
    const atS = values[row * steps + step] ?? 0;
    const otherAtS = other === undefined ? undefined : (values[other * steps + step] ?? 0);
    if (otherAtS === atS)
      return executionError(
        `found duplicate series for info metric: existing ${formatLabels(labels[other ?? 0] ?? [])} @ ${atS * 1000}, new ${formatLabels(rowLabels)} @ ${atS * 1000}`,
      );
    if (otherAtS === undefined || otherAtS < atS) byName.set(name, row);
  }
  const found = new Map<string, readonly Labels[]>();
  for (const [key, byName] of rows)
    found.set(
      key,
      [...byName.values()].map((row) => labels[row] ?? []),
    );
  return ok(found);
}

function addedLabels(
  base: Labels,
  infos: readonly Labels[],
  data: readonly Matcher[],
): Result<Labels, PromqlError> {
  if (infos.length === 0) return ok(base);
  const wanted = new Set(data.map(({ name }) => name));
  const added = new Map<string, string>();
  for (const [name, value] of infos.flatMap((labels) => [...labelPairs(labels)])) {
    if (isMetadataLabel(name) || (wanted.size > 0 && !wanted.has(name))) continue;
    const known = added.get(name);
    if (known !== undefined && known !== value) return executionError(`conflicting label: ${name}`);
    if (labelValue(base, name) === '') added.set(name, value);
  }
  return ok(added.size === 0 ? base : withLabels(base, Object.fromEntries(added)));
}
