import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Prometheus, startPrometheus } from '../../bench/prometheus.ts';
import { Annotations } from '../../core/promql/annotations.ts';
import { evaluate } from '../../core/promql/evaluate.ts';
import { createMemorySource } from '../../core/promql/memory-source.ts';
import { parsePromql } from '../../core/promql/parse.ts';
import { prettyExpr } from '../../core/promql/pretty.ts';
import type { SampleSource } from '../../core/promql/source.ts';
import type { Series } from '../../core/series/series.ts';
import { someExpr } from '../promql/expr-arbitrary.ts';
import { differences } from './compare.ts';
import { someQuery } from './some-query.ts';
import { joinWorlds, mergeWorlds, someSeries, WORLD_MS } from './some-series.ts';

/**
 * The same random samples and the same random queries for this engine and for a real Prometheus 3.
 * RUNS says how many queries of each kind, SEED repeats a failed run.
 */
const RUNS = Number(process.env['RUNS'] ?? 300);
const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const WORLDS = 4;
const BASE_MS = 1_700_000_000_000;
const SLICE_MS = 10 * 60_000;
const RUN_TIMEOUT_MS = 3_600_000;

function slice(world: readonly Series[], fromMs: number, toMs: number): Series[] {
  return world.flatMap(({ labels, timestamps, values }) => {
    const from = timestamps.findIndex((ms) => ms >= fromMs);
    const until = timestamps.findIndex((ms) => ms >= toMs);
    const to = until < 0 ? timestamps.length : until;
    if (from < 0 || from >= to) return [];
    return [
      { labels, timestamps: timestamps.subarray(from, to), values: values.subarray(from, to) },
    ];
  });
}

/** An instant in one of the worlds; not always a whole second. */
const instant = fc
  .tuple(
    fc.integer({ min: 0, max: WORLDS - 1 }),
    fc.integer({ min: 0, max: WORLD_MS / 1000 }),
    fc.constantFrom(0, 0, 0, 1, 500, 999),
  )
  .map(([world, second, ms]) => BASE_MS + world * 2 * WORLD_MS + second * 1000 + ms);

/** Metric names go where an operation changes the meaning, or all at the end: a feature of Prometheus. */
const MODES = [
  { mode: 'names go at once', delayed: false, runs: RUNS },
  { mode: 'names go at the end', delayed: true, runs: Math.ceil(RUNS / 3) },
];

describe.each(MODES)(
  `the same answers as Prometheus (SEED=${SEED}), $mode`,
  ({ delayed, runs }) => {
    let prometheus: Prometheus;
    let source: SampleSource;

    beforeAll(async () => {
      console.log(`SEED=${SEED} RUNS=${runs}`);
      prometheus = await startPrometheus(delayed ? ['promql-delayed-name-removal'] : []);
      const worlds = joinWorlds(fc.sample(someSeries, { seed: SEED, numRuns: WORLDS }), BASE_MS);
      for (const [index, world] of worlds.entries()) {
        const startMs = BASE_MS + index * 2 * WORLD_MS;
        // All series advance together: Prometheus takes nothing older than its newest sample by an hour.
        for (let fromMs = startMs; fromMs < startMs + WORLD_MS; fromMs += SLICE_MS)
          await prometheus.write(slice(world, fromMs, fromMs + SLICE_MS));
      }
      source = createMemorySource(mergeWorlds(worlds));
    }, 120_000);

    afterAll(async () => {
      await prometheus?.stop();
    });

    async function compare(text: string, startMs: number, endMs: number, stepMs: number) {
      const query = text.replaceAll('T', String(Math.floor(startMs / 1000)));
      const isInstant = stepMs === 0;
      const theirs = await (isInstant
        ? prometheus.instant(query, startMs)
        : prometheus.range(query, startMs, endMs, stepMs));
      const annotations = new Annotations();
      const parsed = parsePromql(query);
      const ours = parsed.ok
        ? evaluate(parsed.value, { startMs, endMs, stepMs }, source, {
            annotations,
            delayedNameRemoval: delayed,
          })
        : parsed;
      const ordered = isInstant && query.startsWith('sort');
      const notes = annotations.texts(query);
      expect(differences(ours, notes, theirs, { startMs, stepMs }, ordered), query).toEqual([]);
    }

    const parameters = { numRuns: runs, seed: SEED };

    it(
      'to instant queries',
      async () => {
        await fc.assert(
          fc.asyncProperty(someQuery, instant, (text, atMs) => compare(text, atMs, atMs, 0)),
          parameters,
        );
      },
      RUN_TIMEOUT_MS,
    );

    it(
      'to range queries',
      async () => {
        const grid = fc.tuple(
          instant,
          fc.integer({ min: 0, max: 20 }),
          fc.constantFrom(15_000, 60_000, 47_500, 300_000),
        );
        await fc.assert(
          fc.asyncProperty(someQuery, grid, (text, [startMs, steps, stepMs]) =>
            compare(text, startMs, startMs + steps * stepMs, stepMs),
          ),
          parameters,
        );
      },
      RUN_TIMEOUT_MS,
    );

    it(
      'to what a query is and how it is written',
      async () => {
        const cut = fc.tuple(
          fc.nat(),
          fc.nat({ max: 6 }),
          fc.constantFrom('', '(', ']', 'by', '5m'),
        );
        const broken = fc.tuple(someExpr, cut).map(([text, [at, length, instead]]) => {
          const place = at % (text.length + 1);
          return `${text.slice(0, place)}${instead}${text.slice(place + length)}`;
        });
        await fc.assert(
          fc.asyncProperty(fc.oneof(someExpr, broken, broken), async (query) => {
            const parsed = parsePromql(query);
            const ours = parsed.ok ? prettyExpr(parsed.value) : parsed.error.message;
            expect(ours).toBe(await prometheus.format(query));
          }),
          parameters,
        );
      },
      RUN_TIMEOUT_MS,
    );
  },
);
