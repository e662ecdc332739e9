import { describe, expect, it } from 'vitest';
import { xxh64 } from '../../core/promql/label-hash.ts';
import { runTestScript } from '../../core/promql/test-run.ts';
import { parseTestScript } from '../../core/promql/test-script.ts';

function run(script: string): string[] {
  const commands = parseTestScript(script);
  if (!commands.ok) return [commands.error];
  return runTestScript(commands.value).map(({ line, status, got }) => `${line} ${status}: ${got}`);
}

describe('test scripts', () => {
  it('report each case with its line', () => {
    expect(
      run(`
load 1m
  up{host="a"} 1 0 _ stale
  h{host="a"} {{sum:1}}

eval instant at 1m up
  up{host="a"} 0

eval instant at 1m up
  up{host="a"} 1

eval range from 0 to 3m step 1m up + 1
  {host="a"} 2 1 1 _

eval instant at 0 sum(h)
  {} {{sum:1}}

clear
eval instant at 1m up

eval instant at 1m "x"
  expect string "x"

eval instant at 0 sum(
  expect fail regex: unclosed left par.*
`),
    ).toEqual([
      '6 passed: up{host="a"} 0',
      '9 failed: up{host="a"} 0',
      '12 passed: {host="a"} 2 1 1 _',
      '15 unsupported: nothing',
      '19 passed: nothing',
      '21 passed: "x"',
      '24 passed: error: 1:5: parse error: unclosed left parenthesis',
    ]);
  });

  it('name the line they cannot read', () => {
    expect(run('clear\nevil instant at 0 up')).toEqual([
      'line 2: expected load, clear or eval, got "evil instant at 0 up"',
    ]);
  });
});

describe('the label hash', () => {
  it('is XXH64', () => {
    const hash = (text: string) => xxh64(new TextEncoder().encode(text)).toString(16);
    expect(hash('')).toBe('ef46db3751d8e999');
    expect(hash('abc')).toBe('44bc2cf5ad770999');
  });
});
