import * as v from 'valibot';
import { readSetting, writeSetting } from '../../app/settings.ts';

/** An expression that was asked on this device, and when last. */
export interface PastQuery {
  readonly expr: string;
  readonly atMs: number;
}

const NAME = 'graph.history';
/** 100 x 2 KB at most: 200 KB of what a browser keeps for a site. */
const KEPT_MOST = 100;
const KEPT_CHARS = 2000;

const schema = v.array(v.object({ expr: v.string(), atMs: v.number() }));

/** The newest first. */
export function pastQueries(): readonly PastQuery[] {
  return parsePast(readSetting(NAME));
}

/** What was kept, if it can be read. */
export function parsePast(text: string | undefined): readonly PastQuery[] {
  if (text === undefined) return [];
  try {
    const read = v.safeParse(schema, JSON.parse(text));
    return read.success ? read.output : [];
  } catch {
    return [];
  }
}

/** With one more; what was asked before is moved to the front. */
export function withQuery(
  past: readonly PastQuery[],
  expr: string,
  atMs: number,
): readonly PastQuery[] {
  const trimmed = expr.trim();
  if (trimmed === '' || trimmed.length > KEPT_CHARS) return past;
  return [{ expr: trimmed, atMs }, ...past.filter((one) => one.expr !== trimmed)].slice(
    0,
    KEPT_MOST,
  );
}

export function noteQuery(expr: string, atMs: number): void {
  writeSetting(NAME, JSON.stringify(withQuery(pastQueries(), expr, atMs)));
}

export function forgetQueries(): void {
  writeSetting(NAME, undefined);
}
