/**
 * `node bench/rules-test.ts FILE...` runs rule unit tests (promtool's format) and prints each case.
 * Exits with 1 when one fails or a file is broken.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { formatRuleFileError, parseRuleFile, type RuleGroup } from '../core/rules/rule-file.ts';
import { parseRuleTestFile } from '../core/rules/test-file.ts';
import { type CaseResult, runRuleTests } from '../core/rules/unit-test.ts';

/** Cases of one test file, or why there are none. */
export interface FileResult {
  readonly file: string;
  readonly problems: readonly string[];
  readonly cases: readonly CaseResult[];
}

/** Reads a test file with its rule files and runs it. */
export function runTestFile(file: string): FileResult {
  const failed = (problems: readonly string[]): FileResult => ({ file, problems, cases: [] });
  const text = readText(file);
  if (text === undefined) return failed([`${file}: cannot be read`]);
  const tests = parseRuleTestFile(text, file);
  if (!tests.ok) return failed(tests.error.map(formatRuleFileError));
  const groups: RuleGroup[] = [];
  const problems: string[] = [];
  for (const pattern of tests.value.ruleFiles) {
    for (const ruleFile of globSync(resolve(dirname(file), pattern)).sort()) {
      const parsed = parseRuleFile(readText(ruleFile) ?? '', ruleFile);
      if (parsed.ok) groups.push(...parsed.value);
      else problems.push(...parsed.error.map(formatRuleFileError));
    }
  }
  if (problems.length > 0) return failed(problems);
  return { file, problems, cases: runRuleTests(tests.value, groups) };
}

/** True when nothing is wrong with a file and every case in it holds. */
export function holds({ problems, cases }: FileResult): boolean {
  return problems.length === 0 && cases.every(({ failure }) => failure === undefined);
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function main(files: readonly string[]): number {
  if (files.length === 0) {
    console.error(
      'Which test files? For example: node bench/rules-test.ts rules/tests/*.test.yaml',
    );
    return 2;
  }
  let failures = 0;
  let count = 0;
  for (const result of files.map(runTestFile)) {
    console.log(result.file);
    for (const problem of result.problems) console.log(`  FAILED ${problem}`);
    for (const { name, failure } of result.cases)
      console.log(failure === undefined ? `  ok     ${name}` : `  FAILED ${name}\n${failure}`);
    count += result.cases.length;
    failures += result.problems.length;
    failures += result.cases.filter(({ failure }) => failure !== undefined).length;
  }
  console.log(`${count} cases, ${failures} failed`);
  return failures === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2));
