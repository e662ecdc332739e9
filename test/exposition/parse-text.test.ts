import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTextExposition } from '../../core/exposition/parse-text.ts';

/** `name{a=b,...} value` for each series, or `line N: reason`. */
function read(text: string, wanted = (_: string) => true): readonly string[] | string {
  const parsed = parseTextExposition(text, wanted);
  if (!parsed.ok) return `line ${parsed.error.line}: ${parsed.error.reason}`;
  return parsed.value.map(
    ({ name, labels, value }) =>
      `${name}{${labels.map(([label, text]) => `${label}=${text}`).join(',')}} ${value}`,
  );
}

describe('a page of an exporter', () => {
  it('is read with comments, blanks, timestamps and every kind of number', () => {
    const page = `# HELP http_requests_total Requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{ method = "get" , code = "400" , } 3e2

metric_without_labels 12.47
  temperature -.5
large +Inf
small{a="b"} -Inf
rpc_seconds_bucket{le="+Inf"} 0
`;
    expect(read(page)).toEqual([
      'http_requests_total{method=post,code=200} 1027',
      'http_requests_total{method=get,code=400} 300',
      'metric_without_labels{} 12.47',
      'temperature{} -0.5',
      'large{} Infinity',
      'small{a=b} -Infinity',
      'rpc_seconds_bucket{le=+Inf} 0',
    ]);
    expect(parseTextExposition('gone NaN\n', () => true)).toMatchObject({
      value: [{ name: 'gone', value: Number.NaN }],
    });
  });

  it('is read in OpenMetrics, with exemplars, up to its end', () => {
    const page = `# TYPE foo histogram
foo_bucket{le="1"} 8 1520879607.789 # {trace_id="KOO5"} 0.67
foo_count 17 # {} 1
# EOF
after_the_end 1
`;
    expect(read(page)).toEqual(['foo_bucket{le=1} 8', 'foo_count{} 17']);
  });

  it('may have names in quotes and lines that end as on Windows', () => {
    expect(read('{"my.metric", "a.b"="c", d="e"} 1\r\nwindows_up 1\r\n')).toEqual([
      'my.metric{a.b=c,d=e} 1',
      'windows_up{} 1',
    ]);
  });

  it('has escapes in label values', () => {
    expect(read('m{path="C:\\\\DIR\\\\",say="a \\"word\\"\\n}"} 1')).toEqual([
      'm{path=C:\\DIR\\,say=a "word"\n}} 1',
    ]);
  });

  it('is read only as far as its names are wanted', () => {
    expect(read('go_gc{bad 1\nnode_load1 2\n', (name) => name.startsWith('node_'))).toEqual([
      'node_load1{} 2',
    ]);
  });

  it.each([
    ['a 1\nb{c="d} 1', 'line 2: no "value" for the label c: "\\"d} 1"'],
    ['a', 'line 1: no number after a: ""'],
    ['a 1x', 'line 1: no number after a: "1x"'],
    ['a 1 2 3', 'line 1: unexpected text after the value: "3"'],
    ['a{b} 1', 'line 1: no = after the label b: "} 1"'],
    ['a{b="c" d="e"} 1', 'line 1: no , or }: "d=\\"e\\"} 1"'],
    ['{a="b"} 1', 'line 1: no metric name'],
    ['<html>', 'line 1: no metric name'],
  ])('that is broken says where: %s', (page, reason) => {
    expect(read(page)).toBe(reason);
  });

  it('gives back any labels and numbers that were written', () => {
    const label = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,10}$/);
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\r'));
    const line = fc.record({
      name: fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,20}$/),
      labels: fc.array(fc.tuple(label, text), { maxLength: 5 }),
      value: fc.double(),
    });
    fc.assert(
      fc.property(fc.array(line), (series) => {
        const page = series.map(({ name, labels, value }) => {
          const pairs = labels.map(([key, raw]) => `${key}="${escaped(raw)}"`);
          return `${name}{${pairs.join(',')}} ${written(value)}\n`;
        });
        expect(parseTextExposition(page.join(''), () => true)).toEqual({ ok: true, value: series });
      }),
    );
  });

  it('never makes the parser throw', () => {
    fc.assert(fc.property(fc.string(), (page) => void parseTextExposition(page, () => true)));
  });
});

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function written(value: number): string {
  if (Object.is(value, -0)) return '-0';
  return String(value).replace('Infinity', 'Inf');
}
