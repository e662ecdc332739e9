import { MINUTE_MS } from '../../core/host-minute.ts';
import type { Matcher } from '../../core/promql/source.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { matchesAll } from '../../core/rules/written-samples.ts';
import { type Labels, labelPairs, labelsKey, labelValue } from '../../core/series/labels.ts';
import type { ReadLimits } from '../store/read-cost.ts';
import { type ReadSeries, readSeries } from '../store/reader.ts';
import type { Selection } from '../store/selection.ts';
import { compareLabels, jsonList, labelsJson } from './json.ts';
import { limitParam, matcherSets, rangeParams, timeoutParam } from './params.ts';
import type { ApiPorts } from './ports.ts';
import { type ApiData, type ApiError, badData, badParameter, readError } from './reply.ts';

/**
 * `/api/v1/series`, `/api/v1/labels`, `/api/v1/label/<name>/values`: which series there were. They
 * fill menus, so they may cost a fraction of what a query may; where the time asked for would cost
 * more, some minutes of it are looked at, and a warning says so.
 */
const FIND_LIMITS: ReadLimits = { hostMinutes: 20_000, readUnits: 5_000 };

/** How many minutes, spread evenly, are looked at instead of all; as many as the limits allow. */
const SLICES = [240, 60, 12, 3, 1];

/** Every label set that has a name; what `labels` means without `match[]`. */
const ANY: Matcher = { name: '__name__', op: '!=', value: '', matches: (value) => value !== '' };

interface Found {
  /** Distinct, in Prometheus' order. */
  readonly labels: readonly Labels[];
  readonly warnings: readonly string[];
  readonly limit: number;
}

export async function findSeries(
  params: URLSearchParams,
  ports: ApiPorts,
): Promise<Result<ApiData, ApiError>> {
  if (!params.has('match[]')) return err(badData('no match[] parameter provided'));
  const sets = matcherSets(params);
  // Only here Prometheus names the parameter.
  if (!sets.ok) return err(badParameter('match[]', sets.error.message));
  const found = await find(params, ports);
  if (!found.ok) return found;
  return listed(found.value, found.value.labels, labelsJson);
}

export async function labelNames(
  params: URLSearchParams,
  ports: ApiPorts,
): Promise<Result<ApiData, ApiError>> {
  const found = await find(params, ports);
  if (!found.ok) return found;
  const names = new Set<string>();
  for (const labels of found.value.labels) {
    for (const [name] of labelPairs(labels)) names.add(name);
  }
  return listed(found.value, [...names].sort(), (name) => JSON.stringify(name));
}

/** `name` as it stands in the path, where `U__` begins an escaped name. */
export async function labelValues(
  name: string,
  params: URLSearchParams,
  ports: ApiPorts,
): Promise<Result<ApiData, ApiError>> {
  const label = unescapeName(name);
  if (label === '') return err(badData(`invalid label name: ${JSON.stringify(name)}`));
  const found = await find(params, ports);
  if (!found.ok) return found;
  const values = new Set(found.value.labels.map((labels) => labelValue(labels, label)));
  values.delete('');
  return listed(found.value, [...values].sort(), (value) => JSON.stringify(value));
}

/** Undoes Prometheus' value encoding: `_` doubled, others as `_<code>_` in hexadecimal. */
function unescapeName(name: string): string {
  if (!name.startsWith('U__')) return name;
  return name.slice(3).replace(/__|_([0-9a-fA-F]{1,6})_/g, (whole, code: string | undefined) => {
    if (code === undefined) return '_';
    const point = Number.parseInt(code, 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}

function listed<T>(
  { warnings, limit }: Found,
  all: readonly T[],
  toJson: (one: T) => string,
): Result<ApiData, ApiError> {
  const isTruncated = limit > 0 && all.length > limit;
  const kept = isTruncated ? all.slice(0, limit) : all;
  return ok({
    json: jsonList(kept, toJson),
    warnings: isTruncated ? [...warnings, 'results truncated due to limit'] : warnings,
  });
}

async function find(params: URLSearchParams, ports: ApiPorts): Promise<Result<Found, ApiError>> {
  const limit = limitParam(params);
  if (!limit.ok) return limit;
  const range = rangeParams(params);
  if (!range.ok) return range;
  const sets = matcherSets(params);
  if (!sets.ok) return sets;
  const timeout = timeoutParam(params, ports.timeoutMs);
  if (!timeout.ok) return timeout;
  const { fromMs, toMs } = range.value;
  const wanted = (sets.value.length === 0 ? [[ANY]] : sets.value).map((matchers) => ({
    matchers,
    fromMs,
    toMs,
    // All that is there of it is looked at, once: the coarsest points tell as much.
    rangeMs: toMs - fromMs,
  }));
  const read = await readThinned(wanted, ports, timeout.value);
  if (!read.ok) return read;
  const distinct = new Map<string, Labels>();
  for (const { labels, timestamps } of read.value.series) {
    if (!timestamps.some((at) => at >= fromMs && at <= toMs)) continue;
    if (wanted.some(({ matchers }) => matchesAll(matchers, labels)))
      distinct.set(labelsKey(labels), labels);
  }
  const labels = [...distinct.values()].sort(compareLabels);
  return ok({ labels, warnings: read.value.warnings, limit: limit.value });
}

/** All of the time asked for, or as many minutes of it as the limits allow. */
async function readThinned(
  wanted: readonly Selection[],
  ports: ApiPorts,
  timeoutMs: number,
): Promise<Result<ReadSeries, ApiError>> {
  const nowMs = ports.nowMs();
  const deadlineMs = ports.reader.clockMs() + timeoutMs;
  const reader = { ...ports.reader, limits: FIND_LIMITS };
  const whole = await readSeries(reader, wanted, nowMs, deadlineMs);
  if (whole.ok) return whole;
  if (whole.error.code !== 'too_much') return err(readError(whole.error));
  let failure = whole.error;
  for (const slices of SLICES) {
    const thinned = wanted.flatMap((selection) => slicesOf(selection, slices, reader, nowMs));
    const some = await readSeries(reader, thinned, nowMs, deadlineMs);
    if (some.ok) {
      const minutes = slices === 1 ? 'the newest minute' : `${slices} minutes`;
      const warning = `looked at ${minutes} of the time asked for, as all of it would take too many reads; series that lived shortly may be missing`;
      return ok({ ...some.value, warnings: [...some.value.warnings, warning] });
    }
    failure = some.error;
    if (failure.code !== 'too_much') break;
  }
  return err(readError(failure));
}

/** Minutes of a selection's time, spread evenly, the newest one included. */
function slicesOf(
  { matchers, fromMs, toMs }: Selection,
  slices: number,
  { retention }: ApiPorts['reader'],
  nowMs: number,
): Selection[] {
  const first = Math.max(fromMs, nowMs - retention.rawMs);
  const last = Math.min(toMs, nowMs);
  if (last - first <= slices * MINUTE_MS) return [{ matchers, fromMs: first, toMs: last }];
  const stepMs = (last - first - MINUTE_MS) / Math.max(1, slices - 1);
  return Array.from({ length: slices }, (_, i) => {
    const end = last - i * stepMs;
    return { matchers, fromMs: end - MINUTE_MS, toMs: end };
  });
}
