/** A record as `GET /api/v1/audit` lists it. */
export interface AuditEntry {
  /** ISO 8601. */
  readonly at: string;
  readonly who: string;
  readonly action: string;
  readonly subject: string;
  readonly outcome: 'begun' | 'done' | 'refused' | 'failed';
  readonly reason?: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** What the list is asked for; `''`: anything. */
export interface AuditFilter {
  readonly who: string;
  readonly action: string;
  readonly subject: string;
  readonly outcome: string;
  readonly range: AuditRange;
}

/** How far back: days; records are kept for 400. */
export const RANGES = { '24h': 1, '7d': 7, '30d': 30, '90d': 90, '400d': 400 } as const;
export type AuditRange = keyof typeof RANGES;
export const USUAL_RANGE: AuditRange = '30d';

/** The filter that an address's query names. */
export function filterOf(query: URLSearchParams): AuditFilter {
  const range = query.get('range') ?? '';
  return {
    who: query.get('who') ?? '',
    action: query.get('action') ?? '',
    subject: query.get('subject') ?? '',
    outcome: query.get('outcome') ?? '',
    range: isRange(range) ? range : USUAL_RANGE,
  };
}

function isRange(text: string): text is AuditRange {
  return Object.hasOwn(RANGES, text);
}

const DAY_MS = 86_400_000;

/** The API's parameters for a filter. Words that have no `*` are looked for anywhere in who and subject. */
export function paramsOf(
  { who, action, subject, outcome, range }: AuditFilter,
  nowMs: number,
  limit: number,
  cursor?: string,
): Record<string, string | undefined> {
  return {
    start: new Date(nowMs - RANGES[range] * DAY_MS).toISOString(),
    end: new Date(nowMs).toISOString(),
    limit: String(limit),
    who: anywhere(who),
    action: orNothing(action),
    subject: anywhere(subject),
    outcome: orNothing(outcome),
    cursor,
  };
}

function anywhere(text: string): string | undefined {
  const word = text.trim();
  if (word === '') return undefined;
  return word.includes('*') ? word : `*${word}*`;
}

function orNothing(text: string): string | undefined {
  return text.trim() === '' ? undefined : text.trim();
}

/** Tells records apart in a list: two of one moment differ in what was done to what. */
export function keyOf({ at, who, action, subject }: AuditEntry): string {
  return `${at} ${who} ${action} ${subject}`;
}
