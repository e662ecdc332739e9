/**
 * `node bench/rules-test.ts FILE...` runs rule unit tests as `hypervigil rules test` does. Exits
 * with 1 when one fails or a file is broken.
 */
import { testRules } from '../infra/cli/rule-tests.ts';
import { processTerminal } from '../infra/cli/terminal.ts';

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('Which test files? For example: node bench/rules-test.ts rules/tests/*.test.yaml');
  process.exitCode = 2;
} else if (!testRules(files, processTerminal())) {
  process.exitCode = 1;
}
