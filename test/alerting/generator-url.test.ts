import { expect, test } from 'vitest';
import { generatorUrl } from '../../core/alerting/generator-url.ts';

test('links to an expression as Prometheus does', () => {
  expect(generatorUrl('https://watch.example', 'rate(x{job="a b"}[5m]) > 0.5')).toBe(
    'https://watch.example/graph?g0.expr=rate%28x%7Bjob%3D%22a+b%22%7D%5B5m%5D%29+%3E+0.5&g0.tab=1',
  );
});

test.each([
  ["it's", 'it%27s'],
  ['a*b!', 'a%2Ab%21'],
  ['-_.~', '-_.~'],
  ['1+1', '1%2B1'],
  ['ü \u{1f4a5}', '%C3%BC+%F0%9F%92%A5'],
  ['\ud800', '%EF%BF%BD'],
])('escapes %s as Go does', (expr, escaped) => {
  expect(generatorUrl('http://h', expr)).toBe(`http://h/graph?g0.expr=${escaped}&g0.tab=1`);
});

test('goes below a path, with or without a slash at its end', () => {
  expect(generatorUrl('http://h/watch/', 'up')).toBe('http://h/watch/graph?g0.expr=up&g0.tab=1');
});

test('is nothing when nobody said where people reach this Hypervigil', () => {
  expect(generatorUrl('', 'up')).toBe('');
});
