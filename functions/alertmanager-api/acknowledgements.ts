import * as v from 'valibot';
import { type LabelMatcher, matchesLabels } from '../../core/alertmanager/matcher.ts';
import type { Acknowledgement } from '../../core/alertmanager/silence.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { parseDurationMs } from '../../core/rules/duration.ts';
import { DAY_MS, isoTime } from '../../core/time.ts';
import type { ApiRequest } from '../api/http.ts';
import { type ApiError, badData, dataJson, errorJson, statusOf } from '../api/reply.ts';
import { readMatchers } from './params.ts';
import type { AlertmanagerPorts, AlertView } from './ports.ts';
import type { Answer } from './reply.ts';
import { parseTimeMs } from './time.ts';

/** Whoever needs longer is asked again, or silences it. */
const MAX_ACKNOWLEDGED_MS = 30 * DAY_MS;

const name = v.pipe(v.string(), v.trim(), v.nonEmpty('must not be empty'), v.maxLength(200));
const bodySchema = v.strictObject({
  fingerprint: v.optional(v.string()),
  filter: v.optional(v.array(v.string())),
  by: name,
  note: v.optional(v.pipe(v.string(), v.maxLength(4000)), ''),
  for: v.optional(v.string()),
  until: v.optional(v.string()),
});
type Body = v.InferOutput<typeof bodySchema>;

/** Which alerts are meant: one, or all that fit. */
type Which = { readonly fingerprint: string } | { readonly matchers: readonly LabelMatcher[] };

/** `GET /v1/acknowledgements`: those that hold, the newest first; of the alerts that fit `filter`. */
export async function listAcknowledgements(
  params: URLSearchParams,
  ports: AlertmanagerPorts,
): Promise<Answer> {
  const matchers = readMatchers(params.getAll('filter'));
  if (!matchers.ok) return failed(badData(matchers.error));
  const nowMs = ports.nowMs();
  const holding = await holdingNow(ports, nowMs);
  return listed(holding.filter(({ labels }) => matchesLabels(matchers.value, labels)));
}

/** `POST /v1/acknowledgements`: of every alert that fires now and is meant. */
export async function postAcknowledgement(
  { body, mediaType }: ApiRequest,
  ports: AlertmanagerPorts,
): Promise<Answer> {
  if (mediaType !== 'application/json')
    return failed(badData(`content type "${mediaType}" is not application/json`));
  const nowMs = ports.nowMs();
  const asked = decode(body);
  if (!asked.ok) return failed(badData(asked.error));
  const { by, note, fingerprint, filter } = asked.value;
  const untilMs = readUntil(asked.value, nowMs);
  if (!untilMs.ok) return failed(badData(untilMs.error));
  const which = readWhich(fingerprint, filter ?? []);
  if (!which.ok) return failed(badData(which.error));
  const alerts = (await ports.alerts()).filter((alert) => isMeant(alert, which.value));
  if (alerts.length === 0) return failed({ kind: 'not_found', message: 'no such alert fires now' });
  const acknowledgements = alerts.map(
    (alert): Acknowledgement => ({
      fingerprint: alert.fingerprint,
      labels: alert.labels,
      alertStartsAtMs: alert.startsAtMs,
      by,
      note,
      atMs: nowMs,
      untilMs: untilMs.value,
    }),
  );
  const put = await ports.acknowledgements.put(acknowledgements, nowMs);
  return put.ok ? listed(acknowledgements) : failed(badData(put.error));
}

/** `DELETE /v1/acknowledgements?fingerprint=` or `?filter=`: ends those that hold and are meant. */
export async function withdrawAcknowledgements(
  params: URLSearchParams,
  ports: AlertmanagerPorts,
): Promise<Answer> {
  const which = readWhich(params.get('fingerprint') ?? undefined, params.getAll('filter'));
  if (!which.ok) return failed(badData(which.error));
  const nowMs = ports.nowMs();
  const withdrawn: Acknowledgement[] = [];
  for (const known of await holdingNow(ports, nowMs)) {
    if (!isMeant(known, which.value)) continue;
    const ended = await ports.acknowledgements.withdraw(known.fingerprint, nowMs);
    if (ended !== undefined) withdrawn.push(ended);
  }
  if (withdrawn.length > 0) return listed(withdrawn);
  return failed({ kind: 'not_found', message: 'no such alert is acknowledged' });
}

async function holdingNow(ports: AlertmanagerPorts, nowMs: number): Promise<Acknowledgement[]> {
  const all = await ports.acknowledgements.list(nowMs);
  return all.filter(({ untilMs }) => untilMs > nowMs).sort((a, b) => b.atMs - a.atMs);
}

function decode(text: string): Result<Body, string> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return err(`the body is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  // For valibot a list is an object like any other.
  if (Array.isArray(json)) return err('the body is a list, not an object');
  const body = v.safeParse(bodySchema, json);
  if (body.success) return ok(body.output);
  const [issue] = body.issues;
  return err(`${v.getDotPath(issue) ?? 'body'}: ${issue.message}`);
}

function readWhich(
  fingerprint: string | undefined,
  filter: readonly string[],
): Result<Which, string> {
  if ((fingerprint === undefined) === (filter.length === 0))
    return err('say which alerts: by "fingerprint" or by "filter", a list of matchers');
  if (fingerprint !== undefined) return ok({ fingerprint });
  const matchers = readMatchers(filter);
  if (!matchers.ok) return err(`filter: ${matchers.error}`);
  return ok({ matchers: matchers.value });
}

function isMeant(alert: Pick<AlertView, 'fingerprint' | 'labels'>, which: Which): boolean {
  return 'fingerprint' in which
    ? alert.fingerprint === which.fingerprint
    : matchesLabels(which.matchers, alert.labels);
}

function readUntil(body: Body, nowMs: number): Result<number, string> {
  if ((body.for === undefined) === (body.until === undefined))
    return err('say how long: "for" with a duration such as "2h", or "until" with a time');
  const untilMs = body.for === undefined ? untilTime(body.until ?? '') : after(body.for, nowMs);
  if (!untilMs.ok) return untilMs;
  if (untilMs.value <= nowMs) return err(`${isoTime(untilMs.value)} is not in the future`);
  if (untilMs.value > nowMs + MAX_ACKNOWLEDGED_MS)
    return err('an acknowledgement can hold for 30 days at most; a silence holds for longer');
  return untilMs;
}

function after(duration: string, nowMs: number): Result<number, string> {
  const durationMs = parseDurationMs(duration);
  return durationMs.ok ? ok(nowMs + durationMs.value) : err(`for: ${durationMs.error}`);
}

function untilTime(text: string): Result<number, string> {
  const ms = parseTimeMs(text);
  return ms === undefined ? err(`until: ${JSON.stringify(text)} is not RFC 3339`) : ok(ms);
}

function listed(acknowledgements: readonly Acknowledgement[]): Answer {
  const json = JSON.stringify(acknowledgements.map(acknowledgementJson));
  return { status: 200, json: dataJson({ json }) };
}

function acknowledgementJson(acknowledgement: Acknowledgement): object {
  const { fingerprint, labels, by, note } = acknowledgement;
  return {
    ...{ fingerprint, labels, by, note },
    alertStartsAt: isoTime(acknowledgement.alertStartsAtMs),
    at: isoTime(acknowledgement.atMs),
    until: isoTime(acknowledgement.untilMs),
  };
}

function failed(error: ApiError): Answer {
  return { status: statusOf(error.kind), json: errorJson(error) };
}
