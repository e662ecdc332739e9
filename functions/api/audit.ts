import { matchesHostPattern } from '../../core/host-pattern.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { DAY_MS, isoTime } from '../../core/time.ts';
import { type AuditLog, type AuditRecord, isAuditCursor } from '../store/audit-log.ts';
import { limitParam, timeParam } from './params.ts';
import { type ApiData, type ApiError, badParameter } from './reply.ts';

/** Records of one answer, each some hundred bytes. */
const LIMIT = 1000;
const LOOK_BACK_MS = 30 * DAY_MS;

/** What can be asked for; `*` in a value stands for any characters. */
const FILTERS = ['who', 'action', 'subject', 'outcome'] as const;
const MAX_FILTER_CHARS = 500;

/**
 * `GET /api/v1/audit`: who changed what, the newest first; from `start` to `end`, `limit` at most, only those
 * that fit `who`, `action`, `subject` and `outcome`. Where there are more, `next` of the answer is the `cursor`
 * with which to ask again; such an answer may hold fewer than the limit, even none.
 */
export async function listAudit(
  params: URLSearchParams,
  log: Pick<AuditLog, 'list'>,
  nowMs: number,
): Promise<Result<ApiData, ApiError>> {
  const toMs = timeParam(params, 'end', nowMs);
  if (!toMs.ok) return toMs;
  const fromMs = timeParam(params, 'start', toMs.value - LOOK_BACK_MS);
  if (!fromMs.ok) return fromMs;
  if (toMs.value < fromMs.value)
    return err(badParameter('end', 'end timestamp must not be before start time'));
  const limit = limitParam(params);
  if (!limit.ok) return limit;
  const after = params.get('cursor') || undefined;
  if (after !== undefined && !isAuditCursor(after))
    return err(badParameter('cursor', 'not a "next" of an answer of this'));
  const isWanted = filterOf(params);
  if (!isWanted.ok) return isWanted;
  const most = limit.value === 0 ? LIMIT : Math.min(limit.value, LIMIT);
  const range = { fromMs: fromMs.value, toMs: toMs.value, limit: most };
  const { records, next } = await log.list({ ...range, after, isWanted: isWanted.value }, nowMs);
  const json = JSON.stringify(records.map(({ atMs, ...rest }) => ({ at: isoTime(atMs), ...rest })));
  return ok(next === undefined ? { json } : { json, next });
}

/** `undefined`: all are asked for. */
function filterOf(
  params: URLSearchParams,
): Result<((record: AuditRecord) => boolean) | undefined, ApiError> {
  const patterns = FILTERS.flatMap((name) => {
    const pattern = params.get(name) ?? '';
    return pattern === '' ? [] : [{ name, pattern }];
  });
  const long = patterns.find(({ pattern }) => pattern.length > MAX_FILTER_CHARS);
  if (long !== undefined)
    return err(badParameter(long.name, `more than ${MAX_FILTER_CHARS} characters`));
  if (patterns.length === 0) return ok(undefined);
  return ok((record) =>
    patterns.every(({ name, pattern }) => matchesHostPattern(pattern, record[name])),
  );
}
