import { join } from 'node:path';
import { ok, type Result } from '../../core/result.ts';
import { loadRouting } from '../../functions/evaluate/routing.ts';
import { loadRules } from '../../functions/evaluate/rules.ts';
import { LOCAL_TOPICS } from './local-topics.ts';
import { errorCode, reasonOf, type StartFailure, startFailure } from './start-failure.ts';

/** What the rules folder holds, as the view says it, or a line for each thing wrong in it. */
export function checkRules(folder: string): Result<string, StartFailure> {
  try {
    const { groups, errors: ofRules } = loadRules(folder);
    const errors = [...ofRules, ...loadRouting(folder, LOCAL_TOPICS).errors];
    if (errors.length > 0) {
      return startFailure('bad_rules', errors.map((error) => join(folder, error)).join('\n'));
    }
    const rules = groups.reduce((sum, group) => sum + group.rules.length, 0);
    return ok(`${rules} rule${rules === 1 ? '' : 's'}`);
  } catch (error) {
    const reason = reasonOf(error);
    // What the loader itself finds wrong names the folder already.
    const place = errorCode(error) === undefined ? '' : `can't read the rules in ${folder}: `;
    return startFailure('bad_rules', place + reason);
  }
}
