import * as v from 'valibot';
import type { RuleFileCheck } from '../../../core/answers/rules.ts';
import { ok, type Result } from '../../../core/result.ts';
import {
  checkEditedFile,
  isRuleFileName,
  RULE_FILE_NAME_WORDS,
} from '../../../core/rules/check-edited.ts';
import type { ApiRequest } from '../http.ts';
import type { ApiError } from '../reply.ts';
import { readJsonBody } from '../tokens/body.ts';
import { countsOf } from './files.ts';
import { RULE_BODY_MAX_CHARS } from './save.ts';

const Wish = v.strictObject({ name: v.optional(v.string()), text: v.string() });

/** `POST /api/v1/rules/check` with `{name, text}`: what would keep it from being saved, and where. */
export function checkFile(request: ApiRequest): Result<RuleFileCheck, ApiError> {
  const body = readJsonBody(request, Wish, RULE_BODY_MAX_CHARS);
  if (!body.ok) return body;
  const { name, text } = body.value;
  const { errors, groups } = checkEditedFile(text, name ?? 'the file');
  const badName =
    name === undefined || isRuleFileName(name)
      ? []
      : [{ line: 1, column: 1, message: RULE_FILE_NAME_WORDS }];
  const counts = countsOf(text, groups);
  return ok({ errors: [...badName, ...errors], groups: counts.groups, rules: counts.rules });
}
