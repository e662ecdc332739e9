import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** docs/limits.md says what the code does, and leaves nothing out that somebody outside can meet. */

const ROW = /^\|(?<what>[^|]*)\|(?<limit>[^|]*)\| `(?<file>[\w/.-]+\.ts)` `(?<name>[\w.]+)` \|/;

interface Row {
  readonly what: string;
  readonly limit: string;
  readonly file: string;
  readonly name: string;
}

const ROWS = readFileSync('docs/limits.md', 'utf8')
  .split('\n')
  .flatMap((line): Row[] => {
    const { what = '', limit = '', file = '', name = '' } = ROW.exec(line)?.groups ?? {};
    return file === '' ? [] : [{ what: what.trim(), limit: limit.trim(), file, name }];
  });

const TIMES: Readonly<Record<string, number>> = {
  SECOND_MS: 1000,
  MINUTE_MS: 60_000,
  HOUR_MS: 3_600_000,
  DAY_MS: 86_400_000,
};

/** The number that a source text writes: `32 << 20`, `10 * MINUTE_MS`, `1 / 60`. */
function numberIn(text: string): number {
  const parts = text.trim().split(/(<<|\*|\/)/);
  const numbers = parts
    .filter((_, i) => i % 2 === 0)
    .map((part) => TIMES[part.trim()] ?? Number(part.trim().replaceAll('_', '')));
  const operators = parts.filter((_, i) => i % 2 === 1);
  return operators.reduce((value, operator, i) => {
    const next = numbers[i + 1] ?? Number.NaN;
    if (operator === '<<') return value * 2 ** next;
    return operator === '*' ? value * next : value / next;
  }, numbers[0] ?? Number.NaN);
}

interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** What a constant, or a member of one, is in its source. */
function written(file: string, name: string): number | Rate {
  const source = readFileSync(file, 'utf8');
  const [constant = '', member] = name.split('.');
  const setting = new RegExp(`^  ${constant}: v\\.optional\\(.*, '(\\d+)'\\),$`, 'm').exec(source);
  if (setting !== null) return Number(setting[1]);
  const found = new RegExp(`^(?:export )?const ${constant}(?:: \\w+)? = ([^;]+);`, 'm').exec(
    source,
  );
  if (found === null) throw new Error(`${file} has no constant ${constant}`);
  const text = found[1] ?? '';
  const rates = member === undefined ? text : (text.split(`${member}:`)[1] ?? '');
  const rate = /burst: ([\d_]+), perSecond: ([\d_ /]+)/.exec(rates);
  return rate === null
    ? numberIn(text)
    : { burst: numberIn(rate[1] ?? ''), perSecond: numberIn(rate[2] ?? '') };
}

const UNITS: Readonly<Record<string, number>> = {
  KB: 1 << 10,
  MB: 1 << 20,
  s: 1000,
  min: 60_000,
  day: 86_400_000,
  days: 86_400_000,
};

/** What the page says, in the unit of the constant's name. */
function stated(limit: string, name: string): number | Rate {
  const rate = /^([\d,]+) at once, then (\d+) a (second|minute)$/.exec(limit);
  if (rate !== null) {
    const perSecond = Number(rate[2]) / (rate[3] === 'minute' ? 60 : 1);
    return { burst: Number(rate[1]?.replaceAll(',', '')), perSecond };
  }
  const [, digits = '', unit = ''] = /^([\d,]+)(?: (\w+))?$/.exec(limit) ?? [];
  const number = Number(digits.replaceAll(',', ''));
  const isPlain = /_(DAYS|SECONDS)$/.test(name);
  return isPlain ? number : number * (UNITS[unit] ?? 1);
}

test.each(ROWS)('$what: $limit', ({ limit, file, name }) => {
  expect(stated(limit, name)).toEqual(written(file, name));
});

test('there is a row for each limit that somebody outside can meet', () => {
  const listed = new Set(ROWS.map(({ file, name }) => `${file} ${name.split('.')[0]}`));
  const missing = FOLDERS.flatMap((folder) => constantsIn(folder)).filter(
    (name) => !listed.has(name) && !INTERNAL.has(name),
  );
  expect(missing).toEqual([]);
});

test('the page was read', () => {
  expect(ROWS.length).toBeGreaterThan(60);
});

test('what is named here as internal is there', () => {
  const all = new Set(FOLDERS.flatMap((folder) => constantsIn(folder)));
  expect([...INTERNAL].filter((name) => !all.has(name))).toEqual([]);
});

/** What answers requests. */
const FOLDERS = [
  'core/chunk',
  'functions/alertmanager-api',
  'functions/api',
  'functions/api/inventory',
  'functions/api/push',
  'functions/api/rules-edit',
  'functions/api/subscriptions',
  'functions/api/tokens',
  'functions/enroll',
  'functions/ingest',
  'functions/install',
  'functions/remote-write',
];

const CONSTANT = /^(?:export )?const (\w*(?:MAX|LIMIT|LIMITS)(?:_\w+)?)\b/gm;

function constantsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => {
      const file = join(folder, name);
      return [...readFileSync(file, 'utf8').matchAll(CONSTANT)].map(
        ([, found]) => `${file} ${found}`,
      );
    });
}

/** Bounds of memory and of tries, which nobody outside is told of. */
const INTERNAL = new Set<string>([
  'core/chunk/encode-in-parts.ts MAX_RUN_BYTES',
  'core/chunk/parent-index.ts MAX_SUBSET_LABELS',
  'core/chunk/values.ts MAX_COUNT',
  'functions/alertmanager-api/silences.ts MAX_TRIES',
  'functions/api/params.ts MAX_TIME_MS',
  'functions/api/rules-edit/save.ts MAX_TRIES',
  'functions/api/params.ts MAX_DURATION_S',
  'functions/ingest/guess-guard.ts MAX_SOURCES',
  'functions/ingest/ingest.ts MAX_MERGES',
  'functions/ingest/key-cache.ts MAX_KEYS',
  'functions/ingest/key-cache.ts MAX_UNKNOWN_KEYS',
  'functions/ingest/limiter.ts MAX_BUCKETS',
  'functions/remote-write/decode-v2.ts MAX_REFERENCES',
  'functions/remote-write/rejects.ts MAX_REASONS',
  'functions/remote-write/rejects.ts MAX_EXAMPLE_CHARACTERS',
  'functions/remote-write/seen-senders.ts MAX_SENDERS',
  // What is given where nothing is asked for; the most is in a row.
  'functions/alertmanager-api/notifications.ts LIMIT',
  // What names and labels may read of the limits of a query.
  'functions/api/find-series.ts FIND_LIMITS',
]);
