import { err, ok, type Result } from '../../core/result.ts';
import { DAY_MS, isoTime } from '../../core/time.ts';
import type { AuditLog } from '../store/audit-log.ts';
import { limitParam, timeParam } from './params.ts';
import { type ApiData, type ApiError, badParameter } from './reply.ts';

/** Records, each some hundred bytes. */
const LIMIT = 1000;
const LOOK_BACK_MS = 30 * DAY_MS;

/** `GET /api/v1/audit`: who changed what, the newest first; from `start` to `end`, `limit` at most. */
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
  const most = limit.value === 0 ? LIMIT : Math.min(limit.value, LIMIT);
  const range = { fromMs: fromMs.value, toMs: toMs.value, limit: most };
  const records = await log.list(range, nowMs);
  const json = records.map(({ atMs, ...rest }) => ({ at: isoTime(atMs), ...rest }));
  return ok({ json: JSON.stringify(json) });
}
