import { gzipSync } from 'node:zlib';
import type { LambdaFunctionURLResult } from 'aws-lambda';
import type {
  FleetAnswer,
  FleetIds,
  FleetStates,
  FleetValues,
} from '../../../core/answers/fleet.ts';
import { shortId } from '../../../core/answers/fleet-ids.ts';
import { type Area, reaches } from '../../../core/area.ts';
import { MINUTE_MS } from '../../../core/host-minute.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { errorReply, JSON_HEADERS, jsonReply, MAX_REPLY_BYTES } from '../http.ts';
import { type ApiError, badParameter, dataJson } from '../reply.ts';
import { changesBetween } from './changes.ts';
import { type CurrentFleet, createCurrentFleet, type FleetPorts, hashOf } from './current.ts';
import { readMetric } from './metric.ts';
import { NewestChunks } from './newest-chunks.ts';
import { MetricValues } from './values.ts';

export const FLEET_PATH = '/api/v1/fleet';

/** What is asked of the fleet, and by whom. */
export interface FleetQuestion {
  readonly method: string;
  readonly params: URLSearchParams;
  readonly takesGzip: boolean;
  /** What the token is bound to; absent: to nothing. */
  readonly areas?: readonly Area[] | undefined;
}

/** Versions of states that whoever has them is sent the changes since: of the last minutes. */
const STATES_MAX = 24;
/** Answers packed lately: viewers who have seen the same are sent the same. */
const PACKED_MAX = 16;
/** The longest a version can be: four hashes. */
const VERSION = /^[0-9a-f]{12}\.[0-9a-f]{12}\.([0-9a-f]{12})?\.([0-9a-f]{12})?$/;

interface Versions {
  readonly layout: string;
  readonly states: string;
  /** `''`: not known. */
  readonly alerts: string;
  readonly values: string;
}

/** Answers `GET /api/v1/fleet?version=&metric=` and `?ids=true`. */
export function createFleet(
  ports: FleetPorts,
): (question: FleetQuestion) => Promise<LambdaFunctionURLResult> {
  const current = createCurrentFleet(ports);
  const chunks = new NewestChunks(ports.reader.chunks);
  const values = new MetricValues();
  const states = new Map<string, FleetStates>();
  const packed = new Map<string, LambdaFunctionURLResult>();
  const idsOf = ({ versions: { layout }, uuids }: CurrentFleet, takesGzip: boolean) => {
    const key = `ids ${layout} ${takesGzip}`;
    const result = packed.get(key) ?? replyOf({ layout, uuids: uuids.map(shortId) }, takesGzip);
    keep(packed, key, result, PACKED_MAX);
    return result;
  };

  const valuesOf = async (
    fleet: CurrentFleet,
    name: string,
  ): Promise<Result<FleetValues, ApiError>> => {
    const metric = readMetric(name);
    if (!metric.ok) return metric;
    const nowMs = ports.nowMs();
    const newest = await chunks.of(fleet.hosts, fleet.minuteUnits, nowMs);
    return ok(values.of(metric.value, newest, fleet, nowMs));
  };

  return async (question) => {
    const asked = readQuestion(question);
    if (!asked.ok) return errorReply(asked.error);
    const { metric, known, wantsIds } = asked.value;
    const fleet = await current();
    if (wantsIds) return idsOf(fleet, question.takesGzip);
    keep(states, fleet.versions.states, fleet.states, STATES_MAX);
    const found = metric === '' ? undefined : await valuesOf(fleet, metric);
    if (found?.ok === false) return errorReply(found.error);
    const shown = found?.value;
    const mayAlerts = reaches(question.areas, 'alerts');
    const versions: Versions = {
      ...fleet.versions,
      alerts: mayAlerts ? fleet.versions.alerts : '',
      values: shown === undefined ? '' : hashOf([fleet.versions.layout, shown]),
    };
    const staleMs = staleSince(fleet.asOfMs, ports.nowMs());
    const about = [fleet.asOfMs, staleMs ?? '', question.takesGzip];
    const key = [textOf(known), textOf(versions), ...about].join(' ');
    const sent = packed.get(key);
    if (sent !== undefined) return sent;
    const answer = {
      ...answerOf(fleet, versions, known, states.get(known?.states ?? ''), shown),
      ...(staleMs === undefined ? {} : { staleMs }),
    };
    const result = replyOf(answer, question.takesGzip);
    keep(packed, key, result, PACKED_MAX);
    return result;
  };
}

interface Asked {
  /** `''`: none. */
  readonly metric: string;
  /** What the caller has already. */
  readonly known: Versions | undefined;
  /** UUIDs, and nothing else. */
  readonly wantsIds: boolean;
}

function readQuestion({ method, params, areas }: FleetQuestion): Result<Asked, ApiError> {
  if (method !== 'GET')
    return err({ kind: 'not_allowed', message: `${method} is not GET`, allowed: ['GET'] });
  const metric = params.get('metric') ?? '';
  if (metric !== '' && !reaches(areas, 'metrics')) {
    const message = `this token is for ${areas?.join(', ')} only; a metric takes metrics`;
    return err({ kind: 'forbidden', message });
  }
  const ids = params.get('ids') ?? '';
  if (!['', 'true', 'false'].includes(ids))
    return err(badParameter('ids', `${JSON.stringify(ids)} is not true or false`));
  return ok({
    metric,
    known: readVersion(params.get('version') ?? ''),
    wantsIds: ids === 'true',
  });
}

/** A version of another release is none: then all is sent. */
function readVersion(text: string): Versions | undefined {
  if (!VERSION.test(text)) return undefined;
  const [layout = '', states = '', alerts = '', values = ''] = text.split('.');
  return { layout, states, alerts, values };
}

function textOf(versions: Versions | undefined): string {
  if (versions === undefined) return '';
  const { layout, states, alerts, values } = versions;
  return [layout, states, alerts, values].join('.');
}

function answerOf(
  { asOfMs, layout, states, alerts }: CurrentFleet,
  versions: Versions,
  known: Versions | undefined,
  knownStates: FleetStates | undefined,
  values: FleetValues | undefined,
): FleetAnswer {
  const hasLayout = known?.layout === versions.layout;
  const change = (): Pick<FleetAnswer, 'states' | 'changes'> => {
    if (known?.states === versions.states) return {};
    if (!hasLayout || knownStates === undefined) return { states };
    return { changes: changesBetween(knownStates, states) };
  };
  return {
    version: textOf(versions),
    asOfMs,
    ...(hasLayout ? {} : { layout }),
    ...change(),
    // A token that is not for alerts is told so once.
    ...(known?.alerts === versions.alerts
      ? {}
      : { alerts: versions.alerts === '' ? null : alerts }),
    ...(values === undefined || known?.values === versions.values ? {} : { values }),
  };
}

/** Ticks come each minute; when three have not, states say how it was. */
const STALE_MS = 4 * MINUTE_MS;

function staleSince(asOfMs: number, nowMs: number): number | undefined {
  const ageMs = Math.floor((nowMs - asOfMs) / MINUTE_MS) * MINUTE_MS;
  return asOfMs === 0 || ageMs < STALE_MS ? undefined : ageMs;
}

/** A shorter body is sent as it is. */
const MIN_PACKED_CHARS = 1400;

/** Names and numbers: level 4 takes a fifth off what level 1 leaves, in little more time; UUIDs no level packs. */
function replyOf(answer: FleetAnswer | FleetIds, takesGzip: boolean): LambdaFunctionURLResult {
  const json = dataJson({ json: JSON.stringify(answer) });
  if (!takesGzip || json.length <= MIN_PACKED_CHARS) return jsonReply(json, false) ?? tooLong();
  const body = gzipSync(json, { level: 4 }).toString('base64');
  if (body.length > MAX_REPLY_BYTES) return tooLong();
  const headers = { ...JSON_HEADERS, 'content-encoding': 'gzip' };
  return { statusCode: 200, headers, body, isBase64Encoded: true };
}

/** Some 200,000 VMs; not packed, 60,000: they are listed page by page. */
function tooLong(): LambdaFunctionURLResult {
  const message = 'the fleet is too large for one answer: ask /api/v1/hosts and /api/v1/vms';
  return errorReply({ kind: 'execution', message });
}

function keep<T>(map: Map<string, T>, key: string, value: T, most: number): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= most) break;
    map.delete(oldest);
  }
}
