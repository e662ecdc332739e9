import * as v from 'valibot';
import { ok } from '../../../core/result.ts';
import { labelsFrom, METRIC_NAME } from '../../../core/series/labels.ts';
import type { Series } from '../../../core/series/series.ts';
import type { Answer, ApiClient, RequestFailure } from '../client.ts';
import { floatOf, isTooMuch, MatrixAnswer } from '../matrix-answer.ts';
import { type Condition, nameCondition, selectorText } from './selector-text.ts';

/** Samples of some time. */
export interface Page {
  readonly series: readonly Series[];
  readonly samples: number;
}

/** Reads samples page by page. */
export interface PageReader {
  /** All from `fromMs` on and before `toMs`. */
  readonly read: (fromMs: number, toMs: number) => Promise<Answer<Page>>;
  /** What answers were short of, a line each, without doubles. */
  readonly warnings: ReadonlySet<string>;
  /** Which points answered, by what is before the time in such a line. */
  readonly infos: ReadonlyMap<string, string>;
}

/** Below it a page is not halved any more, but names are. */
const LEAST_MS = 60_000;
/** An answer with warnings may be whole the next time, and a busy server less busy. */
const TRIES = 5;
const RETRY_MS = 5_000;
const MAX_WAIT_MS = 60_000;

const PageAnswer = v.object({
  ...MatrixAnswer.entries,
  infos: v.optional(v.array(v.string()), []),
});
const NamesAnswer = v.object({ data: v.array(v.string()) });

/**
 * A reader of the series that these selectors pick. What is too much for one answer is asked for in halves of its time,
 * and below a minute in halves of its metrics. `maxResolution`: as the API's `max_source_resolution`.
 */
export function createPageReader(
  client: ApiClient,
  selectors: readonly (readonly Condition[])[],
  maxResolution: string,
  wait: (ms: number) => Promise<void>,
): PageReader {
  const warnings = new Set<string>();
  const infos = new Map<string, string>();

  const ask = async ({ conditions }: Part, fromMs: number, toMs: number) => {
    const params = {
      // A range is open on the left.
      query: `${selectorText(conditions)}[${toMs - fromMs}ms]`,
      time: String((toMs - 1) / 1000),
      max_source_resolution: maxResolution,
    };
    for (let tries = 1; ; tries++) {
      const answer = await client.get('/api/v1/query', PageAnswer, params);
      const isLast = tries === TRIES;
      if (answer.ok && (answer.value.warnings.length === 0 || isLast)) return answer;
      if (!answer.ok && (isLast || answer.error.retryAfterMs === undefined)) return answer;
      const askedMs = answer.ok ? RETRY_MS : (answer.error.retryAfterMs ?? RETRY_MS);
      await wait(Math.min(askedMs, MAX_WAIT_MS));
    }
  };

  const readPart = async (part: Part, fromMs: number, toMs: number): Promise<Answer<Series[]>> => {
    const answer = await ask(part, fromMs, toMs);
    if (answer.ok) {
      for (const warning of answer.value.warnings) warnings.add(warning);
      for (const info of answer.value.infos) infos.set(info.split(' before ', 1)[0] ?? info, info);
      return ok(answer.value.data.result.map(({ metric, values }) => seriesOf(metric, values)));
    }
    if (!isTooMuch(answer.error)) return answer;
    if (toMs - fromMs <= LEAST_MS) {
      const parts = await halvesOf(part, fromMs, toMs, answer.error);
      return parts.ok ? readAll(parts.value.map((each) => [each, fromMs, toMs])) : parts;
    }
    const middleMs = Math.floor((fromMs + toMs) / 2);
    return readAll([
      [part, fromMs, middleMs],
      [part, middleMs, toMs],
    ]);
  };

  const readAll = async (parts: Parameters<typeof readPart>[]): Promise<Answer<Series[]>> => {
    const all: Series[] = [];
    for (const part of parts) {
      const found = await readPart(...part);
      if (!found.ok) return found;
      all.push(...found.value);
    }
    return ok(all);
  };

  /** A part by halves of its names; at first also what the list of names may lack. */
  const halvesOf = async (
    { selector, names, isRest }: Part,
    fromMs: number,
    toMs: number,
    failure: RequestFailure,
  ): Promise<Answer<Part[]>> => {
    const listed = names === undefined ? await listNames(selector, fromMs, toMs) : ok(names);
    if (!listed.ok) return listed;
    const all = listed.value;
    if (isRest || all.length < 2) return { ok: false, error: failure };
    const middle = all.length >> 1;
    const halves = [all.slice(0, middle), all.slice(middle)].map((half) => ({
      selector,
      conditions: [...selector, nameCondition('=~', half)],
      names: half,
      isRest: false,
    }));
    if (names !== undefined) return ok(halves);
    const rest = [...selector, nameCondition('!~', all)];
    return ok([...halves, { selector, conditions: rest, names: undefined, isRest: true }]);
  };

  const listNames = async (
    selector: readonly Condition[],
    fromMs: number,
    toMs: number,
  ): Promise<Answer<readonly string[]>> => {
    const listed = await client.get(`/api/v1/label/${METRIC_NAME}/values`, NamesAnswer, {
      'match[]': selectorText(selector),
      start: String(fromMs / 1000),
      end: String((toMs - 1) / 1000),
    });
    return listed.ok ? ok(listed.value.data) : listed;
  };

  return {
    warnings,
    infos,
    read: async (fromMs, toMs) => {
      const parts = selectors.map((selector): Parameters<typeof readPart> => {
        return [{ selector, conditions: selector, names: undefined, isRest: false }, fromMs, toMs];
      });
      const found = await readAll(parts);
      if (!found.ok) return found;
      const series = found.value;
      const samples = series.reduce((sum, { timestamps }) => sum + timestamps.length, 0);
      return ok({ series, samples });
    },
  };
}

/** What one request asks for. */
interface Part {
  /** As a person gave it. */
  readonly selector: readonly Condition[];
  /** With what picks some of its names. */
  readonly conditions: readonly Condition[];
  /** The names picked; `undefined`: all, or all others. */
  readonly names: readonly string[] | undefined;
  /** Is it what no list of names had? */
  readonly isRest: boolean;
}

function seriesOf(
  metric: Readonly<Record<string, string>>,
  points: readonly (readonly [number, string])[],
): Series {
  const timestamps = Float64Array.from(points, ([seconds]) => Math.round(seconds * 1000));
  const values = Float64Array.from(points, ([, text]) => floatOf(text));
  return { labels: labelsFrom(metric), timestamps, values };
}
