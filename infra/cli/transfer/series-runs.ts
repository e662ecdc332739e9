import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareStrings } from '../../../core/series/labels.ts';
import type { Series } from '../../../core/series/series.ts';
import { type Piece, readRun, writeRun } from './run-file.ts';

/** All pieces of one rank, in the order they were added. */
export interface Group {
  readonly rank: string;
  readonly pieces: readonly Series[];
}

/** 16 bytes each: 64 MB. */
const MEMORY_SAMPLES = 4_000_000;
/** Files that are open at once. */
const MAX_RUNS = 100;

/**
 * Sorts any number of samples by rank with little memory: what does not fit is written to sorted files
 * (in `TMPDIR`, some 2 to 8 bytes a sample), which are merged at the end.
 */
export class SeriesRuns {
  readonly #memorySamples: number;
  readonly #maxRuns: number;
  #pieces: Piece[] = [];
  #samples = 0;
  #folder: string | undefined;
  #files: string[] = [];
  #written = 0;

  constructor(memorySamples = MEMORY_SAMPLES, maxRuns = MAX_RUNS) {
    this.#memorySamples = memorySamples;
    this.#maxRuns = maxRuns;
  }

  /** The arrays are kept: they must not be changed any more. */
  async add(rank: string, series: Series): Promise<void> {
    this.#pieces.push({ rank, series });
    this.#samples += series.timestamps.length;
    if (this.#samples >= this.#memorySamples) await this.#spill();
  }

  /** All that was added, rank by rank. */
  async *sorted(): AsyncGenerator<Group> {
    yield* groups(this.#merged());
  }

  /** Takes the files away. */
  async close(): Promise<void> {
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }

  #merged(): AsyncGenerator<Piece> {
    return merge([...this.#files.map(readRun), fromMemory(byRank(this.#pieces))]);
  }

  async #spill(): Promise<void> {
    if (this.#files.length >= this.#maxRuns) await this.#mergeFiles();
    const path = await this.#newPath();
    await writeRun(path, byRank(this.#pieces));
    this.#files.push(path);
    this.#pieces = [];
    this.#samples = 0;
  }

  /** All files become one, so that never too many are open. */
  async #mergeFiles(): Promise<void> {
    const path = await this.#newPath();
    await writeRun(path, merge(this.#files.map(readRun)));
    for (const file of this.#files) await rm(file);
    this.#files = [path];
  }

  async #newPath(): Promise<string> {
    this.#folder ??= await mkdtemp(join(tmpdir(), 'hypervigil-'));
    return join(this.#folder, String(this.#written++));
  }
}

/** The sort is stable: pieces of one rank stay in the order they came. */
function byRank(pieces: Piece[]): Piece[] {
  return pieces.sort((a, b) => compareStrings(a.rank, b.rank));
}

async function* fromMemory(pieces: readonly Piece[]): AsyncGenerator<Piece> {
  yield* pieces;
}

/** Of one rank those of earlier runs come first. */
async function* merge(runs: readonly AsyncGenerator<Piece>[]): AsyncGenerator<Piece> {
  const heads = await Promise.all(runs.map(next));
  for (;;) {
    let least = -1;
    let rank = '';
    heads.forEach((head, i) => {
      if (head === undefined || (least >= 0 && head.rank >= rank)) return;
      least = i;
      rank = head.rank;
    });
    const [head, run] = [heads[least], runs[least]];
    if (head === undefined || run === undefined) return;
    yield head;
    heads[least] = await next(run);
  }
}

async function next(run: AsyncGenerator<Piece>): Promise<Piece | undefined> {
  const { done, value } = await run.next();
  return done === true ? undefined : value;
}

async function* groups(pieces: AsyncIterable<Piece>): AsyncGenerator<Group> {
  let group: { rank: string; pieces: Series[] } | undefined;
  for await (const { rank, series } of pieces) {
    if (group?.rank === rank) group.pieces.push(series);
    else {
      if (group !== undefined) yield group;
      group = { rank, pieces: [series] };
    }
  }
  if (group !== undefined) yield group;
}
