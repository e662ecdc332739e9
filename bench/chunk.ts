import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { decodeChunk } from '../core/chunk/decode.ts';
import { encodeChunk } from '../core/chunk/encode.ts';
import { countSamples } from '../core/chunk/merge.ts';
import { labelValue, withLabels } from '../core/series/labels.ts';
import type { Series } from '../core/series/series.ts';
import { plainSeries, readCapture } from './plain-series.ts';

/** Host-minutes captured by `capture.ts` on machines under load. */
const HOST_FILE = new URL('data/host-under-load.json.gz', import.meta.url);
const FLEET_FILE = new URL('data/host-with-5-vms-under-load.json.gz', import.meta.url);

const RUNS = 2000;
const WARM_UP = 300;

/** Size and speed of chunks beside gzipped JSON, on the same real data in the same process. */
export async function benchChunk(): Promise<void> {
  const host = readCapture(HOST_FILE);
  const fleet = realUuids(readCapture(FLEET_FILE));
  const vms = new Set(
    fleet.map(({ labels }) => labelValue(labels, 'vm')).filter((vm) => vm !== ''),
  );
  const hostOfFleet = fleet.filter(({ labels }) => labelValue(labels, 'vm') === '');
  const rows = [row('a host', host), row(`the same, and ${vms.size} VMs`, fleet)];
  console.table(Object.fromEntries(rows));
  const perVm = (encodeChunk(fleet).length - encodeChunk(hostOfFleet).length) / vms.size;
  const seriesPerVm = (fleet.length - hostOfFleet.length) / vms.size;
  console.log(
    `a host-minute of ${host.length} series x ${samplesEach(host)} samples: ${encodeChunk(host).length} bytes`,
  );
  console.log(`each VM of ${seriesPerVm.toFixed(1)} series: ${perVm.toFixed(0)} bytes more`);
}

function row(name: string, series: readonly Series[]): [string, Record<string, string | number>] {
  const samples = countSamples(series);
  const chunk = encodeChunk(series);
  const json = gzipSync(JSON.stringify(plainSeries(series)));
  const encode = microseconds(() => encodeChunk(series));
  const jsonEncode = microseconds(() => gzipSync(JSON.stringify(plainSeries(series))));
  const decode = microseconds(() => decodeChunk(chunk));
  const jsonDecode = microseconds(() => JSON.parse(gunzipSync(json).toString()));
  const beside = (ours: number, theirs: number): string =>
    `${ours.toFixed(0)} : ${theirs.toFixed(0)} (${(ours / theirs).toFixed(2)})`;
  return [
    name,
    {
      series: series.length,
      samples,
      'bytes : JSON+gzip': beside(chunk.length, json.length),
      'bytes a sample': (chunk.length / samples).toFixed(2),
      'us to encode : JSON+gzip': beside(encode, jsonEncode),
      'us to decode : JSON+gzip': beside(decode, jsonDecode),
    },
  ];
}

function microseconds(work: () => unknown): number {
  for (let i = 0; i < WARM_UP; i++) work();
  const start = process.hrtime.bigint();
  for (let i = 0; i < RUNS; i++) work();
  return Number(process.hrtime.bigint() - start) / RUNS / 1000;
}

function samplesEach(series: readonly Series[]): string {
  return (countSamples(series) / series.length).toFixed(0);
}

/** The testbed numbers its UUIDs, which compress too well; real ones are random. */
function realUuids(series: readonly Series[]): Series[] {
  return series.map((one) => {
    const uuid = labelValue(one.labels, 'uuid');
    if (uuid === '') return one;
    const hex = createHash('sha256').update(uuid).digest('hex');
    const random = [
      hex.slice(0, 8),
      hex.slice(8, 12),
      hex.slice(12, 16),
      hex.slice(16, 20),
      hex.slice(20, 32),
    ].join('-');
    return { ...one, labels: withLabels(one.labels, { uuid: random }) };
  });
}
