import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { phaseMs } from '../../../core/host-minute.ts';
import { ok } from '../../../core/result.ts';
import { reasonOf } from '../../local/start-failure.ts';
import { type Outcome, trouble } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import type { Choice } from '../transfer/choice.ts';
import { joinPieces } from '../transfer/join-pieces.ts';
import { SeriesRuns } from '../transfer/series-runs.ts';
import { Faults } from './faults.ts';
import { linesOf } from './line-stream.ts';
import { type Gathered, OpenMetricsReader } from './openmetrics-reader.ts';
import { reportUpload, tellHour } from './report.ts';
import { splitHours } from './split-hours.ts';
import type { Target } from './target.ts';
import { Upload } from './upload.ts';

const HOUR_DIGITS = 9;

/** Standard input, as a file's name. */
const STDIN = '-';

/**
 * `hypervigil import FILE...`: OpenMetrics, which may be packed with gzip (`.gz`). Files have series after series,
 * requests have hour after hour: all is sorted first, so that nothing is written twice.
 */
export async function importFiles(
  files: readonly string[],
  choice: Choice,
  target: Target,
  terminal: Pick<Terminal, 'print' | 'note' | 'progress'>,
): Promise<Outcome<boolean>> {
  const sender = await target.sender();
  if (!sender.ok) return sender;
  const phase = phaseMs(sender.value);
  const faults = new Faults();
  const runs = new SeriesRuns();
  try {
    const read = await readFiles(files, choice, faults, runs, phase, terminal);
    if (!read.ok) return read;
    const upload = new Upload(target);
    upload.conflicts = read.value.conflicts;
    for await (const { rank, pieces } of runs.sorted()) {
      tellHour(Number(rank), upload, terminal);
      const added = await upload.add(Number(rank), pieces);
      if (!added.ok) return added;
    }
    const finished = await upload.finish();
    if (!finished.ok) return finished;
    for (const line of faults.lines()) terminal.note(line);
    return ok(reportUpload(read.value.samples, upload, terminal) && faults.count === 0);
  } finally {
    await runs.close();
  }
}

/** Reads all files into runs by the hour. Gives how many samples they have, and instants with two values. */
async function readFiles(
  files: readonly string[],
  choice: Choice,
  faults: Faults,
  runs: SeriesRuns,
  phase: number,
  terminal: Pick<Terminal, 'progress'>,
): Promise<Outcome<{ samples: number; conflicts: number }>> {
  const reader = new OpenMetricsReader(choice, faults);
  let conflicts = 0;
  for (const file of files) {
    const name = file === STDIN ? '(stdin)' : file;
    reader.begin(name);
    try {
      for await (const lines of linesOf(open(file))) {
        for (const line of lines) reader.read(line);
        terminal.progress(`${name}: ${reader.samples.toLocaleString('en-US')} samples`);
        if (reader.isFull) conflicts += await spill(reader.take(), runs, phase);
      }
    } catch (error) {
      return trouble(`can't read ${name}: ${reasonOf(error)}; nothing was imported`);
    }
    reader.end();
  }
  conflicts += await spill(reader.take(), runs, phase);
  return ok({ samples: reader.samples, conflicts });
}

function open(file: string): AsyncIterable<Buffer> {
  if (file === STDIN) return process.stdin;
  const bytes = createReadStream(file);
  if (!file.endsWith('.gz')) return bytes;
  const text = createGunzip();
  bytes.on('error', (error) => text.destroy(error));
  return bytes.pipe(text);
}

/** Gives how many instants had two values: the one given first stays. */
async function spill(all: readonly Gathered[], runs: SeriesRuns, phase: number): Promise<number> {
  let conflicts = 0;
  for (const { labels, timestamps, values } of all) {
    const piece = {
      labels,
      timestamps: Float64Array.from(timestamps),
      values: Float64Array.from(values),
    };
    const joined = joinPieces([piece]);
    conflicts += joined.conflicts;
    for (const { hour, series } of splitHours(joined.series, phase))
      await runs.add(String(hour).padStart(HOUR_DIGITS, '0'), series);
  }
  return conflicts;
}
