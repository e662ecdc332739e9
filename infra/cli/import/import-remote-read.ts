import { phaseMs } from '../../../core/host-minute.ts';
import { ok } from '../../../core/result.ts';
import { hourStartMs } from '../../../core/rollup/hours.ts';
import type { Series } from '../../../core/series/series.ts';
import { HOUR_MS } from '../../../core/time.ts';
import type { Outcome } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import type { Choice } from '../transfer/choice.ts';
import { joinPieces } from '../transfer/join-pieces.ts';
import { type Source, type SourceFailure, sourceTrouble } from './remote-read.ts';
import type { ReadResponse, ReadSpan } from './remote-read-message.ts';
import { reportUpload, tellHour } from './report.ts';
import { splitHours } from './split-hours.ts';
import type { Target } from './target.ts';
import { Upload } from './upload.ts';

/** Some 40 MB while they are decoded. */
const WANTED_SAMPLES = 1_000_000;
const MAX_HOURS = 24 * 7;

/**
 * `hypervigil import --remote-read URL`: asks for some hours at a time, as many as have about a million samples, and
 * writes them before it asks for more.
 */
export async function importRemoteRead(
  source: Source,
  choice: Choice,
  target: Target,
  terminal: Pick<Terminal, 'print' | 'note' | 'progress'>,
): Promise<Outcome<boolean>> {
  const sender = await target.sender();
  if (!sender.ok) return sender;
  const phase = phaseMs(sender.value);
  const upload = new Upload(target);
  const hourAt = (ms: number) => Math.floor((ms - phase) / HOUR_MS);
  const lastHour = hourAt(choice.toMs - 1);
  let [samples, histograms] = [0, 0];
  let hours = 1;
  for (let hour = hourAt(choice.fromMs); hour <= lastHour; ) {
    const count = Math.min(hours, lastHour - hour + 1);
    const span = {
      fromMs: Math.max(choice.fromMs, hourStartMs(hour, phase)),
      toMs: Math.min(choice.toMs, hourStartMs(hour + count, phase)) - 1,
    };
    tellHour(hour, upload, terminal);
    const found = await source.read(span);
    if (!found.ok && found.error.code === 'too_much' && count > 1) {
      hours = Math.max(1, count >> 1);
      continue;
    }
    const read = found.ok ? found : await readHalves(source, span, found.error);
    if (!read.ok) return { ok: false, error: upload.explain(read.error) };
    samples += read.value.samples;
    histograms += read.value.histograms;
    const added = await addHours(upload, read.value.series, phase);
    if (!added.ok) return added;
    hour += count;
    // At most four times as many at once: hours differ.
    const fitting = Math.floor((count * WANTED_SAMPLES) / Math.max(1, read.value.samples));
    hours = Math.max(1, Math.min(MAX_HOURS, fitting, count * 4));
  }
  const finished = await upload.finish();
  if (!finished.ok) return finished;
  if (histograms > 0)
    terminal.note(`${histograms} samples are native histograms, which are not imported`);
  return ok(reportUpload(samples, upload, terminal) && histograms === 0);
}

/** An hour that is too much for one answer, in halves of it. */
async function readHalves(
  source: Source,
  { fromMs, toMs }: ReadSpan,
  failure: SourceFailure,
): Promise<Outcome<ReadResponse>> {
  if (failure.code !== 'too_much' || fromMs >= toMs) return sourceTrouble(failure);
  const middleMs = Math.floor((fromMs + toMs) / 2);
  const all: ReadResponse[] = [];
  for (const half of [
    { fromMs, toMs: middleMs },
    { fromMs: middleMs + 1, toMs },
  ]) {
    const found = await source.read(half);
    const read = found.ok ? found : await readHalves(source, half, found.error);
    if (!read.ok) return read;
    all.push(read.value);
  }
  return ok({
    series: all.flatMap(({ series }) => series),
    samples: all.reduce((sum, { samples }) => sum + samples, 0),
    histograms: all.reduce((sum, { histograms }) => sum + histograms, 0),
  });
}

async function addHours(
  upload: Upload,
  all: readonly Series[],
  phase: number,
): Promise<Outcome<void>> {
  const byHour = new Map<number, Series[]>();
  for (const one of all) {
    for (const { hour, series } of splitHours(joinPieces([one]).series, phase))
      byHour.set(hour, [...(byHour.get(hour) ?? []), series]);
  }
  for (const hour of [...byHour.keys()].sort((a, b) => a - b)) {
    const added = await upload.add(hour, byHour.get(hour) ?? []);
    if (!added.ok) return added;
  }
  return ok(undefined);
}
