import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { err, ok } from '../../core/result.ts';
import { formatFloat } from '../../core/rules/template/float-text.ts';
import { expandTemplate, parseTemplate, type TemplateContext } from '../../core/rules/template.ts';
import { labelsFrom } from '../../core/series/labels.ts';

/** What the expected texts of the fixture were made with. */
const CONTEXT: TemplateContext = {
  alertName: 'X',
  labels: labelsFrom({ __name__: 'up', host: 'kvm1', vm: 'web-1', job: 'a<b' }),
  value: 93.456789,
  externalLabels: labelsFrom({ site: 'ber' }),
  externalUrl: 'http://testhost:9090/path/prefix',
  nowMs: 1353755652000,
  query: (expr) => {
    if (expr.includes('bad')) return err('bad query');
    if (expr.includes('none')) return ok([]);
    return ok([
      { labels: labelsFrom({ __name__: 'm', instance: 'b' }), value: 21 },
      { labels: labelsFrom({ __name__: 'm', instance: 'a' }), value: 11.5 },
    ]);
  },
};

function expand(text: string, context: Partial<TemplateContext> = {}): string {
  const template = parseTemplate(text);
  if (!template.ok) return `line ${template.error.line}: ${template.error.message}`;
  return expandTemplate(template.value, { ...CONTEXT, ...context });
}

/** Templates and what Prometheus 3's own expander made of them with the context above. */
const GOLDEN: readonly (readonly [string, string])[] = JSON.parse(
  readFileSync(new URL('fixtures/prometheus-templates.json', import.meta.url), 'utf8'),
);

describe('what Prometheus makes of a template, we make of it', () => {
  const refused = GOLDEN.filter(([, text]) => text.startsWith('PARSE '));
  const failed = GOLDEN.filter(([, text]) => text.startsWith('<error'));
  const expanded = GOLDEN.filter(([, text]) => !/^(PARSE |<error)/.test(text));

  test.each(expanded)('%j', (template, text) => {
    expect(expand(template)).toBe(text);
  });

  // Where Go's words for a wrong type tell of its own types, only the beginning is the same.
  test.each(failed)('%j fails when it runs', (template) => {
    expect(expand(template)).toMatch(
      /^<error expanding template: error executing template __alert_X: template: __alert_X:\d+:\d+: /,
    );
  });

  test.each(refused)('%j is refused at load', (template) => {
    expect(parseTemplate(template).ok).toBe(false);
  });
});

describe('failures', () => {
  test('name the place as Prometheus does, counted behind the variables it declares', () => {
    expect(expand('{{ query "none" | first }}')).toBe(
      '<error expanding template: error executing template __alert_X: template: __alert_X:1:130: executing "__alert_X" at <first>: error calling first: first() called on vector with no elements>',
    );
    expect(expand('a\n{{ humanize "one" }}')).toContain(
      '__alert_X:2:3: executing "__alert_X" at <humanize "one">: error calling humanize: strconv.ParseFloat: parsing "one": invalid syntax>',
    );
  });

  test('a comparison of the value with a whole number says why it cannot be', () => {
    expect(expand('{{ if gt $value 90 }}high{{ end }}')).toContain(
      'incompatible types for comparison: float64 and int',
    );
    expect(expand('{{ if gt $value 90.0 }}high{{ end }}')).toBe('high');
  });

  test('at load name the line', () => {
    expect(expand('fine\n{{ $nope }}')).toBe('line 2: undefined variable "$nope"');
    expect(expand('{{ $labels.vm | shout }}')).toBe('line 1: function "shout" not defined');
    expect(expand('{{ if true }}')).toBe('line 1: unexpected EOF');
  });

  test('a query that cannot be evaluated spoils only this text', () => {
    expect(expand('{{ query "bad" }}')).toContain('error calling query: bad query');
  });
});

describe('named templates', () => {
  test('are defined beside where they are used, and see what they are given', () => {
    expect(
      expand(
        '{{ define "both" }}{{ .arg0 }} and {{ .arg1 }}{{ end }}{{ template "both" (args "x" 99) }}',
      ),
    ).toBe('x and 99');
    expect(expand('{{ define "v" }}{{ . }}{{ end }}{{ template "v" $value }}')).toBe(
      expand('{{ $value }}'),
    );
  });

  test('see none of the variables around them', () => {
    expect(expand('{{ define "v" }}{{ $value }}{{ end }}')).toBe(
      'line 1: undefined variable "$value"',
    );
  });

  test('are named where one of them fails', () => {
    expect(expand('{{ define "v" }}a\n{{ index . 5 }}{{ end }}{{ template "v" "x" }}')).toContain(
      'template: __alert_X:2:3: executing "v" at <index . 5>: error calling index',
    );
    expect(expand('a\n{{ template "nope" . }}')).toContain(
      'template: __alert_X:2:12: executing "__alert_X" at <{{template "nope" .}}>: template "nope" not defined',
    );
  });

  test('of console pages give nothing', () => {
    expect(expand('[{{ tmpl "head" . }}]')).toBe('[]');
  });
});

describe('a template is bounded', () => {
  test.each([
    ['a long loop', '{{ range 2000000000 }}{{ end }}'],
    ['nested loops', '{{ range 10000 }}{{ range 10000 }}{{ end }}{{ end }}'],
    ['much text', '{{ range 100000 }}0123456789{{ end }}'],
    [
      'text that doubles',
      '{{ $x := "0123456789" }}{{ range 60 }}{{ $x = printf "%s%s" $x $x }}{{ end }}',
    ],
  ])('%s ends with an error', (_, text) => {
    expect(expand(text)).toMatch(/^<error expanding template: .*more than \d+/);
  });

  test('deep nesting is refused at load', () => {
    expect(expand(`{{ ${'('.repeat(200)}1${')'.repeat(200)} }}`)).toContain('nested more than');
  });

  test('a width as large as memory is cut', () => {
    expect(expand('{{ printf "%999999999d" 1 }}').length).toBeLessThan(2000);
  });
});

describe('labels are data', () => {
  test('a label called like a property of every object is absent when it is absent', () => {
    expect(expand('[{{ $labels.constructor }}{{ .Labels.__proto__ }}]')).toBe('[]');
  });

  test('a label value that looks like a template is not expanded', () => {
    const labels = labelsFrom({ vm: '{{ $value }}' });
    expect(expand('{{ $labels.vm }}', { labels })).toBe('{{ $value }}');
  });
});

test('any text either parses and expands, or is refused: nothing throws', () => {
  const parts = [
    '{{',
    '}}',
    'if',
    'end',
    'range',
    '$labels',
    '.x',
    '"a"',
    '|',
    '(',
    ')',
    '- ',
    '1',
  ];
  const piece = fc.oneof(fc.constantFrom(...parts, 'else', 'printf', ' ', '$v', ':='), fc.string());
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      expect(typeof expand(pieces.join(''))).toBe('string');
      expect(typeof expand(`{{ ${pieces.join(' ')} }}`)).toBe('string');
    }),
  );
});

test('a printed float64 reads back as the same number', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(Number(formatFloat(value, 'g'))).toBe(value);
      expect(Number(formatFloat(value, 'e'))).toBe(value);
      expect(Number(formatFloat(value, 'f'))).toBe(value);
    }),
  );
});
