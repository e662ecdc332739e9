import type { LabelMatcher } from '../../core/alertmanager/matcher.ts';
import { type Silence, silenceState } from '../../core/alertmanager/silence.ts';
import { isoTime } from '../../core/time.ts';
import type { ApiRequest } from '../api/http.ts';
import type { StoredSilence } from '../store/silences.ts';
import { boolParam, filterParam } from './params.ts';
import type { AlertmanagerPorts } from './ports.ts';
import { type Answer, answered, refused } from './reply.ts';
import { type PostedSilence, readSilence } from './silence-body.ts';

/** Several people change one silence at once: the later one looks again. */
const MAX_TRIES = 5;

const NOT_FOUND: Answer = { status: 404 };

/** `GET /api/v2/silences`. */
export async function listSilences(
  params: URLSearchParams,
  ports: AlertmanagerPorts,
): Promise<Answer> {
  const filter = filterParam(params);
  if (!filter.ok) return refused(400, filter.error);
  const nowMs = ports.nowMs();
  const states = (['active', 'pending', 'expired'] as const).filter((state) =>
    boolParam(params, state),
  );
  const silences = (await ports.silences.list(nowMs)).filter(
    (silence) =>
      states.includes(silenceState(silence, nowMs)) &&
      filter.value.every((wanted) => silence.matchers.some((one) => isSame(one, wanted))),
  );
  const inOrder = [...silences].sort((a, b) => compareSilences(a, b, nowMs));
  return answered(inOrder.map((silence) => silenceJson(silence, nowMs)));
}

/** `GET /api/v2/silence/{id}`. */
export async function getSilence(id: string, ports: AlertmanagerPorts): Promise<Answer> {
  const silence = await ports.silences.get(id, ports.nowMs());
  return silence === undefined ? NOT_FOUND : answered(silenceJson(silence, ports.nowMs()));
}

/** `DELETE /api/v2/silence/{id}` ends it; one that is over stays as it is. */
export async function expireSilence(id: string, ports: AlertmanagerPorts): Promise<Answer> {
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const silence = await ports.silences.get(id, ports.nowMs());
    if (silence === undefined) return NOT_FOUND;
    if (await expire(silence, ports)) return { status: 200 };
  }
  return changedByOthers(id);
}

/**
 * `POST /api/v2/silences`. One with an id changes that silence where Alertmanager would: else the
 * old one ends and a new one takes its place. The new one comes first, so that a failure between
 * the two leaves too much silence rather than none.
 */
export async function postSilence(request: ApiRequest, ports: AlertmanagerPorts): Promise<Answer> {
  const nowMs = ports.nowMs();
  const posted = readSilence(request, nowMs);
  if (!posted.ok) return posted.error;
  const { id } = posted.value;
  if (id === '') return addSilence(posted.value, ports, nowMs);
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const before = await ports.silences.get(id, nowMs);
    if (before === undefined) return refused(404, 'silence not found');
    if (canUpdate(before, posted.value, nowMs)) {
      const replaced = await ports.silences.replace(before, made(posted.value, id, nowMs));
      if (!replaced.ok) return refused(400, replaced.error);
      if (replaced.value) return answered({ silenceID: id });
      continue;
    }
    const added = await addSilence(posted.value, ports, nowMs);
    if (added.status === 200) await expireSilence(id, ports);
    return added;
  }
  return changedByOthers(id);
}

async function addSilence(
  posted: PostedSilence,
  ports: AlertmanagerPorts,
  nowMs: number,
): Promise<Answer> {
  const startsAtMs = Math.max(posted.startsAtMs, nowMs);
  const silence = made({ ...posted, startsAtMs }, ports.newId(), nowMs);
  const added = await ports.silences.add(silence, nowMs);
  return added.ok ? answered({ silenceID: silence.id }) : refused(400, added.error);
}

/** `false`: another wrote meanwhile. */
async function expire(silence: StoredSilence, ports: AlertmanagerPorts): Promise<boolean> {
  const nowMs = ports.nowMs();
  if (silenceState(silence, nowMs) === 'expired') return true;
  const replaced = await ports.silences.replace(silence, {
    ...silence,
    startsAtMs: Math.min(silence.startsAtMs, nowMs),
    endsAtMs: nowMs,
    updatedAtMs: nowMs,
  });
  // It is no larger than it was.
  if (!replaced.ok) throw new Error(`silence ${silence.id}: ${replaced.error}`);
  return replaced.value;
}

function changedByOthers(id: string): Answer {
  return refused(500, `silence ${id} was changed by others ${MAX_TRIES} times meanwhile`);
}

/** What has begun keeps its beginning, what is over stays over. Source: alertmanager/silence, canUpdate. */
function canUpdate(before: Silence, after: PostedSilence, nowMs: number): boolean {
  const isSameSet =
    before.matchers.length === after.matchers.length &&
    before.matchers.every((one, i) => {
      const other = after.matchers[i];
      return other !== undefined && isSame(one, other);
    });
  if (!isSameSet) return false;
  switch (silenceState(before, nowMs)) {
    case 'active':
      return seconds(before.startsAtMs) === seconds(after.startsAtMs) && after.endsAtMs >= nowMs;
    case 'pending':
      return after.startsAtMs >= nowMs;
    case 'expired':
      return false;
  }
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

function isSame(a: LabelMatcher, b: LabelMatcher): boolean {
  return a.name === b.name && a.op === b.op && a.value === b.value;
}

function made(posted: PostedSilence, id: string, nowMs: number): Silence {
  return { ...posted, id, updatedAtMs: nowMs };
}

const STATE_ORDER = ['active', 'pending', 'expired'];

/** First what ends next, then what begins next, then what ended last. */
function compareSilences(a: Silence, b: Silence, nowMs: number): number {
  const state = silenceState(a, nowMs);
  const other = silenceState(b, nowMs);
  if (state !== other) return STATE_ORDER.indexOf(state) - STATE_ORDER.indexOf(other);
  if (state === 'active') return a.endsAtMs - b.endsAtMs;
  return state === 'pending' ? a.startsAtMs - b.startsAtMs : b.endsAtMs - a.endsAtMs;
}

/** Members in Alertmanager's order. */
function silenceJson(silence: Silence, nowMs: number): object {
  const { annotations = {} } = silence;
  return {
    id: silence.id,
    status: { state: silenceState(silence, nowMs) },
    updatedAt: isoTime(silence.updatedAtMs),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    comment: silence.comment,
    createdBy: silence.createdBy,
    endsAt: isoTime(silence.endsAtMs),
    matchers: silence.matchers.map(({ name, op, value }) => ({
      isEqual: op.startsWith('='),
      isRegex: op.endsWith('~'),
      name,
      value,
    })),
    startsAt: isoTime(silence.startsAtMs),
  };
}
