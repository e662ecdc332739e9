import { matchesHostPattern } from '../../../core/host-pattern.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { isoTime } from '../../../core/time.ts';
import { type HostKey, hasEnded, idOfHostKey } from '../../store/host-keys.ts';
import type { Caller } from '../authenticate.ts';
import { limitParam } from '../params.ts';
import type { ApiData, ApiError } from '../reply.ts';
import type { TokenPorts } from './ports.ts';

/** Of one answer: some 2 MB. */
const LIMIT = 10_000;

/**
 * `GET /api/v1/keys`: keys of hosts and senders, ended ones for 90 days, the newest first; no secrets. `name`
 * says of which (`*` stands for any characters), `limit` how many.
 */
export async function listKeys(
  params: URLSearchParams,
  { hostKeys, nowMs }: TokenPorts,
): Promise<Result<ApiData, ApiError>> {
  const limit = limitParam(params);
  if (!limit.ok) return limit;
  const now = nowMs();
  const pattern = params.get('name') || '*';
  const all = (await hostKeys.list()).filter(({ name }) => matchesHostPattern(pattern, name));
  all.sort((a, b) => b.createdAtMs - a.createdAtMs || (a.name < b.name ? -1 : 1));
  const shown = all.slice(0, Math.min(limit.value || LIMIT, LIMIT));
  const json = JSON.stringify(shown.map((key) => viewOf(key, now)));
  const more = all.length - shown.length;
  return ok(more === 0 ? { json } : { json, warnings: [`${more} more keys: ask with "name"`] });
}

/** `DELETE /api/v1/keys/ID`: within a minute nothing takes the key any more; its host's name stays taken. */
export async function endKey(
  id: string,
  { name: who }: Caller,
  { hostKeys, audit, nowMs }: TokenPorts,
): Promise<Result<ApiData, ApiError>> {
  const found = (await hostKeys.list()).find(({ hash }) => idOfHostKey(hash) === id);
  if (found === undefined) return err({ kind: 'not_found', message: `there is no key ${id}` });
  const before = viewOf(found, nowMs());
  const subject = found.name;
  await audit.record({ who, action: 'key.revoke', subject, before }, () =>
    hostKeys.revoke(found, nowMs()),
  );
  return ok({ json: '{}' });
}

function viewOf(key: HostKey, nowMs: number) {
  const { hash, name, kind, by, createdAtMs, endsAtMs } = key;
  return {
    id: idOfHostKey(hash),
    name,
    kind,
    ...(by === undefined ? {} : { by }),
    createdAt: isoTime(createdAtMs),
    ...(endsAtMs === undefined ? {} : { endsAt: isoTime(endsAtMs) }),
    state: hasEnded(key, nowMs) ? 'ended' : 'good',
  };
}
