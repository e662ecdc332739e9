import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CaseOutcome, runTestScript } from '../core/promql/test-run.ts';
import { parseTestScript } from '../core/promql/test-script.ts';

/**
 * `npm run conformance -- DIR`: runs every .test file of a directory (Prometheus' own kind of
 * engine tests) and prints how many cases passed, failed, or need native histograms, and apart from
 * that whose warnings and infos are others than wanted. Exits with 1 when a case failed.
 */
const [dir] = process.argv.slice(2);
if (dir === undefined) {
  console.error('usage: npm run conformance -- DIR   (a directory of .test files)');
  process.exit(2);
}

let failed = 0;
const totals = { passed: 0, failed: 0, unsupported: 0 };
let wrongNotes = 0;
for (const file of readdirSync(dir).sort()) {
  if (!file.endsWith('.test')) continue;
  const script = parseTestScript(readFileSync(join(dir, file), 'utf8'));
  if (!script.ok) {
    failed++;
    console.log(`${file}: ${script.error}`);
    continue;
  }
  const outcomes = runTestScript(script.value);
  const count = (status: CaseOutcome['status']) =>
    outcomes.filter((outcome) => outcome.status === status).length;
  for (const status of ['passed', 'failed', 'unsupported'] as const)
    totals[status] += count(status);
  for (const outcome of outcomes) {
    if (outcome.status === 'failed') printFailure(file, outcome);
    if (outcome.status !== 'passed' || outcome.notes === '') continue;
    wrongNotes++;
    console.log(`${file}:${outcome.line}: ${outcome.query}\n    ${outcome.notes}`);
  }
  console.log(
    `${file}: ${count('passed')} passed, ${count('failed')} failed, ${count('unsupported')} unsupported`,
  );
}
console.log(
  `all: ${totals.passed} passed, ${totals.failed} failed, ${totals.unsupported} unsupported (native histograms)`,
);
console.log(`cases that passed with other warnings or infos than wanted: ${wrongNotes}`);
process.exitCode = failed + totals.failed > 0 ? 1 : 0;

function printFailure(file: string, { line, query, wanted, got }: CaseOutcome): void {
  const indent = (text: string) => text.replaceAll('\n', '\n            ');
  console.log(`${file}:${line}: ${query}`);
  console.log(`    wanted: ${indent(wanted)}`);
  console.log(`    got:    ${indent(got)}`);
}
