import * as v from 'valibot';
import { ok } from '../../../core/result.ts';
import type { ApiClient } from '../client.ts';
import type { Outcome } from '../failure.ts';

/** Somebody's change, as the API tells of it. */
const AuditRecord = v.object({
  at: v.string(),
  who: v.string(),
  action: v.string(),
  subject: v.string(),
  before: v.optional(v.unknown()),
  after: v.optional(v.unknown()),
  outcome: v.string(),
  reason: v.optional(v.string()),
});
export type AuditRecord = v.InferOutput<typeof AuditRecord>;

const Page = v.object({ data: v.array(AuditRecord), next: v.optional(v.string()) });

const PATH = '/api/v1/audit';
/** What the API gives at once. */
const PAGE_MAX = 1000;

/** Which records are asked for. */
export interface AuditWish {
  readonly fromMs: number;
  readonly toMs: number;
  /** The newest so many; Infinity: all. */
  readonly limit: number;
  /** `who`, `action`, `subject`, `outcome`. */
  readonly filters: Readonly<Record<string, string>>;
}

/** Reads page after page and hands each on, the newest first; says how many records there were. */
export async function readAudit(
  client: ApiClient,
  { fromMs, toMs, limit, filters }: AuditWish,
  take: (records: readonly AuditRecord[]) => void,
): Promise<Outcome<number>> {
  const range = { start: String(fromMs / 1000), end: String(toMs / 1000) };
  let count = 0;
  let cursor: string | undefined;
  do {
    const most = { limit: String(Math.min(PAGE_MAX, limit - count)) };
    const goOn = cursor === undefined ? {} : { cursor };
    const page = await client.get(PATH, Page, { ...filters, ...range, ...most, ...goOn });
    if (!page.ok) return page;
    take(page.value.data);
    count += page.value.data.length;
    cursor = page.value.next;
  } while (cursor !== undefined && count < limit);
  return ok(count);
}
