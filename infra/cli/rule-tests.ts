import { globSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { formatRuleFileError, parseRuleFile, type RuleGroup } from '../../core/rules/rule-file.ts';
import { parseRuleTestFile } from '../../core/rules/test-file.ts';
import { type CaseResult, runRuleTests } from '../../core/rules/unit-test.ts';
import { reasonOf } from '../local/start-failure.ts';
import { counted } from './count.ts';
import type { Terminal } from './terminal.ts';

/** Cases of one test file, or why there are none. */
export interface TestFileResult {
  readonly file: string;
  /** A line each. */
  readonly problems: readonly string[];
  readonly cases: readonly CaseResult[];
}

/** Reads a test file in promtool's format with the rule files it names, and runs it. */
export function runTestFile(file: string): TestFileResult {
  const failed = (problems: readonly string[]): TestFileResult => ({ file, problems, cases: [] });
  const problems: string[] = [];
  const read = (path: string) => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      problems.push(`${path}: ${reasonOf(error)}`);
      return undefined;
    }
  };
  const text = read(file);
  if (text === undefined) return failed(problems);
  const tests = parseRuleTestFile(text, file);
  if (!tests.ok) return failed(tests.error.map(formatRuleFileError));
  const groups: RuleGroup[] = [];
  for (const pattern of tests.value.ruleFiles) {
    for (const ruleFile of globSync(resolve(dirname(file), pattern)).sort()) {
      const parsed = parseRuleFile(read(ruleFile) ?? '', ruleFile);
      if (parsed.ok) groups.push(...parsed.value);
      else problems.push(...parsed.error.map(formatRuleFileError));
    }
  }
  if (problems.length > 0) return failed(problems);
  return { file, problems, cases: runRuleTests(tests.value, groups) };
}

/** True when nothing is wrong with a file and every case in it holds. */
export function holds({ problems, cases }: TestFileResult): boolean {
  return problems.length === 0 && cases.every(({ failure }) => failure === undefined);
}

/** `hypervigil rules test FILE...`: prints as promtool does; true when everything holds. */
export function testRules(files: readonly string[], terminal: Terminal): boolean {
  const { print, paint } = terminal;
  let allHold = true;
  for (const file of files) {
    const result = runTestFile(file);
    const failures = result.cases.filter(({ failure }) => failure !== undefined);
    print(`Unit Testing:  ${result.file}`);
    if (holds(result)) {
      print(`  ${paint('green', 'SUCCESS')}: ${counted(result.cases.length, 'case')}`);
    } else {
      allHold = false;
      const of =
        result.problems.length > 0
          ? ''
          : ` ${failures.length} of ${counted(result.cases.length, 'case')}`;
      print(`  ${paint('red', 'FAILED')}:${of}`);
      for (const problem of result.problems) print(`    ${problem}`);
      for (const failure of failures) printFailure(failure, terminal);
    }
    print('');
  }
  return allHold;
}

function printFailure(result: CaseResult, { print, paint }: Terminal): void {
  print(`    ${paint('bold', result.name)}`);
  if (result.difference === undefined) {
    for (const line of (result.failure ?? '').split('\n')) print(`      ${line}`);
    return;
  }
  const { expected, got } = result.difference;
  const both = expected.filter((line) => got.includes(line));
  for (const line of both) print(`        ${line}`);
  const only = (lines: readonly string[]) => lines.filter((line) => !both.includes(line));
  for (const line of only(expected)) print(paint('red', `      - ${line}`));
  for (const line of only(got)) print(paint('green', `      + ${line}`));
  const none = [
    expected.length === 0 ? 'nothing was expected' : '',
    got.length === 0 ? 'nothing came' : '',
  ];
  for (const text of none) if (text !== '') print(paint('dim', `      (${text})`));
}
