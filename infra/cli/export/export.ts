import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ok } from '../../../core/result.ts';
import { labelsKey, labelValue, METRIC_NAME } from '../../../core/series/labels.ts';
import { DAY_MS } from '../../../core/time.ts';
import { reasonOf } from '../../local/start-failure.ts';
import type { ApiClient } from '../client.ts';
import { type Outcome, trouble, usage } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import { type Choice, type ChoiceFlags, readChoice } from '../transfer/choice.ts';
import { SeriesRuns } from '../transfer/series-runs.ts';
import { openMetricsText } from './openmetrics-text.ts';
import { createPageReader, type PageReader } from './sample-pages.ts';

/** As commander hands them over. */
export interface ExportFlags extends ChoiceFlags {
  readonly output: string;
  readonly resolution: string;
}

export interface ExportPorts {
  readonly nowMs: number;
  readonly wait: (ms: number) => Promise<void>;
}

/** The API's `max_source_resolution`. */
const RESOLUTIONS: ReadonlyMap<string, string> = new Map([
  ['raw', '0'],
  ['1m', '5m'],
  ['1h', 'auto'],
]);
const EVERYTHING = { name: METRIC_NAME, op: '!=', value: '' } as const;

/** Some 6 MB of JSON: what Lambda answers with at most, packed, has more. */
const WANTED_SAMPLES = 200_000;
const FIRST_SPAN_MS = 10 * 60_000;
const MAX_SPAN_MS = 32 * DAY_MS;
/** No metric's name has it: a lone surrogate is in no UTF-8. */
const AFTER_NAME = '\ud800';
const STDOUT = '-';

type Screen = Pick<Terminal, 'note' | 'progress'>;

/**
 * `hypervigil export`: what is stored, as OpenMetrics. It is read a time of all series after another, as that is how it
 * is stored, and written series after series. `false` if something of it may be missing.
 */
export async function exportSamples(
  flags: ExportFlags,
  client: ApiClient,
  terminal: Screen,
  { nowMs, wait }: ExportPorts,
): Promise<Outcome<boolean>> {
  const choice = readChoice(flags, nowMs);
  if (!choice.ok) return choice;
  const resolution = RESOLUTIONS.get(flags.resolution);
  if (resolution === undefined)
    return usage(`--resolution ${flags.resolution}: give raw, 1m or 1h`);
  const { fromMs, selectors } = choice.value;
  if (fromMs >= nowMs) return usage('--from must lie before now');
  const toMs = Math.min(choice.value.toMs, nowMs);
  const chosen = selectors.length === 0 ? [[EVERYTHING]] : selectors;
  const reader = createPageReader(client, chosen, resolution, wait);
  const runs = new SeriesRuns();
  const written = { series: 0, samples: 0 };
  try {
    const read = await readAll(reader, { fromMs, toMs }, runs, terminal);
    if (!read.ok) return read;
    terminal.progress('writing');
    await writeText(flags.output, openMetricsText(runs.sorted(), written));
  } catch (error) {
    return trouble(`can't write ${flags.output}: ${reasonOf(error)}`);
  } finally {
    await runs.close();
  }
  terminal.progress('');
  const count = (n: number) => n.toLocaleString('en-US');
  terminal.note(`${count(written.samples)} samples of ${count(written.series)} series`);
  for (const info of reader.infos.values()) terminal.note(info);
  for (const warning of reader.warnings) terminal.note(`something is missing: ${warning}`);
  return ok(reader.warnings.size === 0);
}

async function readAll(
  reader: PageReader,
  { fromMs, toMs }: Pick<Choice, 'fromMs' | 'toMs'>,
  runs: SeriesRuns,
  terminal: Screen,
): Promise<Outcome<void>> {
  let spanMs = FIRST_SPAN_MS;
  let samples = 0;
  for (let atMs = fromMs; atMs < toMs; ) {
    const endMs = Math.min(toMs, atMs + spanMs);
    const page = await reader.read(atMs, endMs);
    if (!page.ok) return page;
    for (const series of page.value.series) {
      const name = labelValue(series.labels, METRIC_NAME);
      await runs.add(`${name}${AFTER_NAME}${labelsKey(series.labels)}`, series);
    }
    samples += page.value.samples;
    const done = Math.floor(((endMs - fromMs) / (toMs - fromMs)) * 100);
    terminal.progress(`${done}%  ${samples.toLocaleString('en-US')} samples`);
    // At most four times as much at once: the next time may have more.
    const fitting = (endMs - atMs) * (WANTED_SAMPLES / Math.max(1, page.value.samples));
    spanMs = Math.max(1, Math.round(Math.min(MAX_SPAN_MS, fitting, (endMs - atMs) * 4)));
    atMs = endMs;
  }
  return ok(undefined);
}

/** Renamed into place: a file of that name is whole. */
async function writeText(output: string, text: AsyncIterable<string>): Promise<void> {
  if (output === STDOUT) return pipeline(Readable.from(text), process.stdout, { end: false });
  const part = `${output}.part`;
  try {
    await pipeline(Readable.from(text), createWriteStream(part));
    await rename(part, output);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
