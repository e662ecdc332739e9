import * as v from 'valibot';
import { err, ok, type Result } from '../../../core/result.ts';
import { parseDurationMs } from '../../../core/rules/duration.ts';
import type { ApiRequest } from '../http.ts';
import { type ApiError, badData } from '../reply.ts';

/** A name, a few words and numbers. */
const BODY_MAX_CHARS = 16_384;

/** The JSON of a request, as a schema has it; an empty body is an empty object. */
export function readJsonBody<T>(
  { body, mediaType }: Pick<ApiRequest, 'body' | 'mediaType'>,
  schema: v.GenericSchema<unknown, T>,
  maxChars = BODY_MAX_CHARS,
): Result<T, ApiError> {
  if (body.length > maxChars) {
    const message = `a body of ${body.length} characters; at most ${maxChars} are taken`;
    return err({ kind: 'too_large', message });
  }
  if (body !== '' && mediaType !== 'application/json') {
    const message = `content type "${mediaType}" is not application/json`;
    return err({ kind: 'media_type', message });
  }
  let json: unknown;
  try {
    json = body === '' ? {} : JSON.parse(body);
  } catch {
    return err(badData('the body is not JSON'));
  }
  if (Array.isArray(json)) return err(badData('the body is a list, not an object'));
  const read = v.safeParse(schema, json);
  if (read.success) return ok(read.output);
  const [issue] = read.issues;
  const where = v.getDotPath(issue);
  if (where === null) return err(badData(`the body ${issue.message}`));
  if (issue.type !== 'strict_object') return err(badData(`${where}: ${issue.message}`));
  return err(badData(`${where}: is missing, or not known here: the body ${issue.message}`));
}

const TIME_MESSAGE = 'give a time such as "24h" or "30d", or milliseconds';

/** How long something lasts: a duration as Prometheus writes them, or ms; at most `maxMs`. */
export function lastingMs(maxMs: number, maxWords: string) {
  return v.pipe(
    v.union([v.number(), v.string()], TIME_MESSAGE),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const given = dataset.value;
      const parsed = typeof given === 'number' ? ok(given) : parseDurationMs(given);
      if (!parsed.ok || !(parsed.value > 0) || !Number.isFinite(parsed.value)) {
        addIssue({ message: TIME_MESSAGE });
        return NEVER;
      }
      if (parsed.value > maxMs) {
        addIssue({ message: `at most ${maxWords}` });
        return NEVER;
      }
      return Math.ceil(parsed.value);
    }),
  );
}
