/**
 * `node bench/rules-agree.ts FILE...` runs every case of rule unit test files through our
 * runner and through Prometheus' promtool, and asks for the same verdict. Each case also runs a
 * minute earlier and later, and with expectations made wrong on purpose, which both must refuse.
 * promtool is found on the PATH, or where the environment variable PROMTOOL says.
 * Exits with 1 where the two differ or where a wrong expectation passes.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import * as v from 'valibot';
import { parse, stringify } from 'yaml';
import { holds, runTestFile } from '../infra/cli/rule-tests.ts';

const Alert = v.looseObject({
  exp_labels: v.optional(v.record(v.string(), v.unknown())),
  exp_annotations: v.optional(v.record(v.string(), v.unknown())),
});
const AlertCase = v.looseObject({
  eval_time: v.string(),
  alertname: v.string(),
  exp_alerts: v.optional(v.array(Alert), []),
});
const Sample = v.looseObject({ labels: v.optional(v.string(), ''), value: v.string() });
const ExprCase = v.looseObject({
  eval_time: v.string(),
  expr: v.string(),
  exp_samples: v.optional(v.array(Sample), []),
});
const TestFile = v.looseObject({
  rule_files: v.array(v.string()),
  tests: v.array(
    v.looseObject({
      name: v.optional(v.string()),
      alert_rule_test: v.optional(v.array(AlertCase), []),
      promql_expr_test: v.optional(v.array(ExprCase), []),
    }),
  ),
});
type AlertCase = v.InferOutput<typeof AlertCase>;
type ExprCase = v.InferOutput<typeof ExprCase>;

/** One case in a file of its own. */
interface Trial {
  readonly about: string;
  /** `holds` and `refused` are demanded of both; `same` asks only that they agree. */
  readonly want: 'holds' | 'refused' | 'same';
  readonly yaml: string;
}

interface Variant<T> {
  readonly what: string;
  readonly want: Trial['want'];
  readonly changed: T;
}

function alertVariants(one: AlertCase): Variant<AlertCase>[] {
  const wrong = (what: string, exp_alerts: AlertCase['exp_alerts']): Variant<AlertCase> => ({
    what,
    want: 'refused',
    changed: { ...one, exp_alerts },
  });
  const [first, ...rest] = one.exp_alerts;
  const stranger = { exp_labels: { host: 'no-such-host' } };
  const variants: Variant<AlertCase>[] = [
    { what: 'as written', want: 'holds', changed: one },
    wrong('one alert more', [...one.exp_alerts, stranger]),
    ...shiftedTimes(one),
  ];
  if (first !== undefined) {
    variants.push(
      wrong('one alert less', rest),
      wrong('another label', [
        { ...first, exp_labels: { ...first.exp_labels, severity: 'none-such' } },
        ...rest,
      ]),
      wrong('another annotation', [
        { ...first, exp_annotations: { ...first.exp_annotations, summary: 'another text' } },
        ...rest,
      ]),
      wrong('the first alert twice', [first, ...one.exp_alerts]),
    );
  }
  return variants;
}

function exprVariants(one: ExprCase): Variant<ExprCase>[] {
  const wrong = (what: string, exp_samples: ExprCase['exp_samples']): Variant<ExprCase> => ({
    what,
    want: 'refused',
    changed: { ...one, exp_samples },
  });
  const [first, ...rest] = one.exp_samples;
  const stranger = { labels: '{host="no-such-host"}', value: '1' };
  const variants: Variant<ExprCase>[] = [
    { what: 'as written', want: 'holds', changed: one },
    wrong('one sample more', [...one.exp_samples, stranger]),
    ...shiftedTimes(one),
  ];
  if (first !== undefined) {
    variants.push(
      wrong('one sample less', rest),
      wrong('another value', [{ ...first, value: String(Number(first.value) + 1) }, ...rest]),
      wrong('other labels', [{ ...first, labels: stranger.labels }, ...rest]),
    );
  }
  return variants;
}

/** The same expectation a minute off: right or wrong, but the same for both. */
function shiftedTimes<T extends { readonly eval_time: string }>(one: T): Variant<T>[] {
  const minutes = /^(\d+)m$/.exec(one.eval_time)?.[1];
  if (minutes === undefined) return [];
  const times = [Number(minutes) - 1, Number(minutes) + 1].filter((minute) => minute >= 0);
  return times.map((minute) => ({
    what: `at ${minute}m`,
    want: 'same',
    changed: { ...one, eval_time: `${minute}m` },
  }));
}

function trialsOf(file: string): Trial[] {
  // All scalars stay text, as written: to YAML in general 0x60 is the number 96.
  const whole = v.parse(TestFile, parse(readFileSync(file, 'utf8'), { schema: 'failsafe' }));
  const rule_files = whole.rule_files.map((pattern) => resolve(dirname(file), pattern));
  return whole.tests.flatMap(({ alert_rule_test, promql_expr_test, ...test }, i) => {
    const trial = (about: string, want: Trial['want'], only: object): Trial => ({
      about: `${file}: ${test.name ?? `unnamed#${i}`}: ${about}`,
      want,
      yaml: stringify(
        { ...whole, rule_files, tests: [{ ...test, ...only }] },
        { schema: 'failsafe' },
      ),
    });
    const alerts = alert_rule_test.flatMap((one) =>
      alertVariants(one).map(({ what, want, changed }) =>
        trial(`${one.alertname} at ${one.eval_time}, ${what}`, want, {
          alert_rule_test: [changed],
        }),
      ),
    );
    const exprs = promql_expr_test.flatMap((one) =>
      exprVariants(one).map(({ what, want, changed }) =>
        trial(`${one.expr} at ${one.eval_time}, ${what}`, want, { promql_expr_test: [changed] }),
      ),
    );
    return [...alerts, ...exprs];
  });
}

/** Which of these test files promtool finds right. */
function promtoolVerdicts(promtool: string, files: readonly string[]): Map<string, boolean> {
  const run = spawnSync(promtool, ['test', 'rules', ...files], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (run.error !== undefined) throw new Error(`${promtool}: ${run.error.message}`);
  const verdicts = new Map<string, boolean>();
  for (const part of run.stdout.split('Processing test file: ').slice(1)) {
    const [file = '', ...rest] = part.split('\n');
    verdicts.set(
      file,
      rest.some((line) => line.trim() === 'SUCCESS'),
    );
  }
  return verdicts;
}

const FILES_PER_RUN = 500; // their paths stay far below the length a command line may have

function main(testFiles: readonly string[], promtool: string): number {
  if (testFiles.length === 0) {
    console.error('For example: node bench/rules-agree.ts rules/tests/*.test.yaml');
    return 2;
  }
  const trials = testFiles.flatMap(trialsOf);
  const folder = mkdtempSync(join(tmpdir(), 'rules-agree-'));
  try {
    const files = trials.map(({ yaml }, i) => {
      const file = join(folder, `${i}.yaml`);
      writeFileSync(file, yaml);
      return file;
    });
    const theirs = new Map<string, boolean>();
    for (let i = 0; i < files.length; i += FILES_PER_RUN) {
      for (const [file, verdict] of promtoolVerdicts(promtool, files.slice(i, i + FILES_PER_RUN)))
        theirs.set(file, verdict);
    }
    return report(trials, files, theirs);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function report(
  trials: readonly Trial[],
  files: readonly string[],
  theirs: ReadonlyMap<string, boolean>,
): number {
  const words = (verdict: boolean | undefined) =>
    verdict === undefined ? 'gave no verdict' : verdict ? 'took it' : 'refused it';
  let bad = 0;
  trials.forEach(({ about, want }, i) => {
    const file = files[i] ?? '';
    const their = theirs.get(file);
    const our = holds(runTestFile(file));
    const asWanted = want === 'same' || our === (want === 'holds');
    if (our === their && asWanted) return;
    bad += 1;
    console.log(`${about}: promtool ${words(their)}, we ${words(our)}, wanted: ${want}`);
  });
  const count = (want: Trial['want']) => trials.filter((trial) => trial.want === want).length;
  console.log(
    `${trials.length} trials: ${count('holds')} cases as written, ${count('refused')} made wrong, ` +
      `${count('same')} a minute off; ${bad} where we differ from promtool or from what is wanted`,
  );
  return bad === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2), process.env['PROMTOOL'] ?? 'promtool');
