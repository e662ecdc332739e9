import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../log.ts';
import type { TextfileSettings } from '../source-settings.ts';
import type { Collector } from './collector.ts';
import { type ForeignSeries, readForeignSeries } from './foreign-series.ts';
import { addSource, describeSources } from './foreign-sources.ts';
import { Measurements } from './measurements.ts';

const FILES_MAX = 100;
const FILE_MAX_BYTES = 1 << 20;

interface TextFile {
  readonly name: string;
  readonly modifiedAtMs: number;
  readonly sizeBytes: number;
  readonly found: ForeignSeries | { readonly trouble: string };
}

/**
 * Numbers that jobs leave in files `*.prom` of a folder, as for node_exporter: written under another
 * name and renamed, so that no half file is read. A file is read again only after it changed; each
 * fails alone. Series of a file carry the labels `job="textfile"` and `instance`, its name.
 */
export function createTextfileCollector(settings: TextfileSettings | undefined): Collector {
  let before: ReadonlyMap<string, TextFile> = new Map();
  const name = 'textfile';
  if (settings === undefined) {
    return {
      name,
      check: async () => ({ status: 'absent', sees: 'nothing configured below textfile' }),
      collect: async () => 'absent',
    };
  }
  const { directory } = settings;
  return {
    name,
    async check() {
      const files = readFolder(settings, new Map());
      if (files.length === 0) return { status: 'ok', sees: `${directory}: no file *.prom yet` };
      const findings = files.map((file) => ({ instance: file.name, found: file.found }));
      return describeSources(findings, `see what writes it into ${directory}`);
    },
    async collect({ nowMs }) {
      const files = readFolder(settings, before);
      before = new Map(files.map((file) => [file.name, file]));
      const out = new Measurements();
      for (const file of files) {
        const labels = { job: 'textfile', instance: file.name };
        addSource(out, labels, 'trouble' in file.found ? undefined : file.found);
        const ageSeconds = (nowMs - file.modifiedAtMs) / 1000;
        out.add('hypervigil_scrape_age_seconds', Math.max(0, ageSeconds), labels);
      }
      return out.list;
    },
  };
}

/** Throws where the folder cannot be read. */
function readFolder(
  settings: TextfileSettings,
  before: ReadonlyMap<string, TextFile>,
): readonly TextFile[] {
  const names = readdirSync(settings.directory)
    .filter((name) => name.endsWith('.prom'))
    .sort()
    .slice(0, FILES_MAX);
  let room = settings.maxSeries;
  return names.flatMap((name) => {
    const file = readFile(settings, name, room, before.get(name));
    if (file === undefined) return [];
    if (!('trouble' in file.found)) room -= file.found.measurements.length;
    return [file];
  });
}

/** `undefined` where it has just been removed. `maxSeries`: what the files before have left of the bound. */
function readFile(
  { directory, include, exclude }: TextfileSettings,
  name: string,
  maxSeries: number,
  last: TextFile | undefined,
): TextFile | undefined {
  const path = join(directory, name);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  const [modifiedAtMs, sizeBytes] = [stats.mtimeMs, stats.size];
  const isSame = last?.modifiedAtMs === modifiedAtMs && last.sizeBytes === sizeBytes;
  if (isSame && !('trouble' in last.found) && last.found.measurements.length <= maxSeries) {
    return last;
  }
  const own = { job: 'textfile', instance: name, labels: {} };
  try {
    // Reading a pipe would never end.
    if (!stats.isFile()) throw new Error('is no file');
    if (sizeBytes > FILE_MAX_BYTES) throw new Error(`larger than ${FILE_MAX_BYTES} bytes`);
    const text = readFileSync(path, 'utf8');
    const found = readForeignSeries(text, { ...own, include, exclude, maxSeries });
    return { name, modifiedAtMs, sizeBytes, found };
  } catch (error) {
    return { name, modifiedAtMs, sizeBytes, found: { trouble: messageOf(error) } };
  }
}
