import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { formatRuleFileError, parseRuleFile, type RuleGroup } from '../../core/rules/rule-file.ts';
import { wholeNumber } from '../store/settings.ts';

/** What every function that looks at rules is told. */
export const RULE_SETTINGS = {
  RULES_DIR: v.pipe(v.string(), v.nonEmpty()),
  /** Between two ticks: the interval of groups that name none. */
  TICK_MS: v.optional(wholeNumber(1, 3_600_000), String(MINUTE_MS)),
};

/** The groups of all good files, and a line for each thing wrong in the others. */
export interface LoadedRules {
  readonly groups: readonly RuleGroup[];
  readonly errors: readonly string[];
}

/** A rule file as it was deployed. */
export interface DeployedFile {
  readonly text: string;
  /** None of a bad file. */
  readonly groups: readonly RuleGroup[];
  readonly errors: readonly string[];
}

const RULE_FILE = /\.rules\.ya?ml$/;

/** Every `*.rules.yaml` of a folder, by name. A folder that is missing or has no rule file throws. */
export function readRuleFolder(folder: string): ReadonlyMap<string, DeployedFile> {
  const files = readdirSync(folder)
    .filter((name) => RULE_FILE.test(name))
    .sort();
  if (files.length === 0) throw new Error(`${folder}: no *.rules.yaml in it`);
  return new Map(
    files.map((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      const parsed = parseRuleFile(text, name);
      return [
        name,
        parsed.ok
          ? { text, groups: parsed.value, errors: [] }
          : { text, groups: [], errors: parsed.error.map(formatRuleFileError) },
      ];
    }),
  );
}

/**
 * Reads every `*.rules.yaml` of a folder. A bad file costs only its own rules: those of the others
 * are needed all the more. A folder that is missing or has no rule file throws.
 */
export function loadRules(folder: string): LoadedRules {
  const files = [...readRuleFolder(folder).values()];
  return {
    groups: files.flatMap(({ groups }) => groups),
    errors: files.flatMap(({ errors }) => errors),
  };
}
