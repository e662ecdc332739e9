import { readFileSync } from 'node:fs';
import { isMap, isScalar, parseDocument } from 'yaml';
import type { Result } from '../../core/result.ts';
import { formatRuleFileError, parseRuleFile } from '../../core/rules/rule-file.ts';
import { parseRuleTestFile } from '../../core/rules/test-file.ts';
import { reasonOf } from '../local/start-failure.ts';
import { counted } from './count.ts';
import { readEscalationsFile, readRoutingAlone } from './routing-file.ts';
import type { Terminal } from './terminal.ts';

/** What is in a file, or a line for each thing wrong in it. */
export type FileCheck =
  | { readonly ok: true; readonly found: string }
  | { readonly ok: false; readonly problems: readonly string[] };

/** `hypervigil rules check FILE...`: prints as promtool does; true when all are good. */
export function checkFiles(files: readonly string[], { print, paint }: Terminal): boolean {
  let allGood = true;
  for (const file of files) {
    const check = checkFile(file);
    print(`Checking ${file}`);
    if (check.ok) {
      print(`  ${paint('green', 'SUCCESS')}: ${check.found} found`);
    } else {
      allGood = false;
      print(`  ${paint('red', 'FAILED')}:`);
      for (const problem of check.problems) print(`    ${problem}`);
    }
    print('');
  }
  return allGood;
}

/** Checks a file by what it says it is: rules, their tests, routing, or escalations. */
function checkFile(file: string): FileCheck {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return { ok: false, problems: [`${file}: ${reasonOf(error)}`] };
  }
  const keys = topLevelKeys(text);
  if (keys.has('escalations')) return checkEscalations(file);
  if (keys.has('route') || keys.has('receivers')) return checkRouting(file);
  if (keys.has('tests') || keys.has('rule_files')) return checkTests(text, file);
  return checkRules(text, file);
}

function topLevelKeys(text: string): ReadonlySet<unknown> {
  const { contents } = parseDocument(text, { logLevel: 'silent' });
  if (!isMap(contents)) return new Set();
  return new Set(contents.items.map(({ key }) => (isScalar(key) ? key.value : undefined)));
}

function checkRules(text: string, file: string): FileCheck {
  const groups = parseRuleFile(text, file);
  if (!groups.ok) return { ok: false, problems: groups.error.map(formatRuleFileError) };
  const rules = groups.value.reduce((sum, group) => sum + group.rules.length, 0);
  return { ok: true, found: counted(rules, 'rule') };
}

function checkTests(text: string, file: string): FileCheck {
  const tests = parseRuleTestFile(text, file);
  if (!tests.ok) return { ok: false, problems: tests.error.map(formatRuleFileError) };
  return { ok: true, found: counted(tests.value.tests.length, 'test') };
}

function checkRouting(file: string): FileCheck {
  return found(readRoutingAlone(file), ({ config }) => counted(config.receivers.size, 'receiver'));
}

function checkEscalations(file: string): FileCheck {
  return found(readEscalationsFile(file), (all) => counted(all.escalations.length, 'escalation'));
}

function found<T>(read: Result<T, string[]>, describe: (value: T) => string): FileCheck {
  return read.ok ? { ok: true, found: describe(read.value) } : { ok: false, problems: read.error };
}
