import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import { type Series, setStaleAt } from '../../core/series/series.ts';
import { printHistories, printHosts, printVms } from '../../infra/cli/inventory/print-inventory.ts';
import {
  type InventoryFlags,
  listParams,
  readHosts,
  readVms,
} from '../../infra/cli/inventory/read-inventory.ts';
import { formatTime } from '../../infra/cli/time-text.ts';
import { PLAIN_ROUTING } from '../functions/routing.ts';
import { LiveRun, sampleTimes } from './live-run.ts';
import { createRecorder } from './recorder.ts';

/**
 * An hour of a site with two hosts, over HTTP as people ask: `mail` runs on hv1 and is moved to hv2; `db` is
 * defined on both and runs on hv2; `old` is shut down. hv1 then loses its power.
 */
const FROM_MS = Date.UTC(2026, 2, 1, 12);
const MOVED_MS = FROM_MS + 20 * MINUTE_MS;
const DARK_MS = FROM_MS + 40 * MINUTE_MS;
const NOW_MS = FROM_MS + 60 * MINUTE_MS;
const MAIL = '11111111-2222-4333-8444-000000000001';
const DB = '11111111-2222-4333-8444-000000000002';
const OLD = '11111111-2222-4333-8444-000000000003';

const RUNNING = { value: 1, reason: 'booted' };
const OFF = { value: 5, reason: 'shutdown' };

function series(
  host: string,
  labels: Readonly<Record<string, string>>,
  [fromMs, toMs]: readonly [number, number],
  value: number,
  endsMs?: number,
): Series {
  const times = sampleTimes(host, [fromMs, toMs]);
  const all = endsMs === undefined ? times : [...times, endsMs];
  const values = new Float64Array(all.length).fill(value);
  if (endsMs !== undefined) setStaleAt(values, all.length - 1);
  return { labels: labelsFrom({ host, ...labels }), timestamps: Float64Array.from(all), values };
}

function hostSeries(host: string, untilMs: number, site: string): Series[] {
  const time = [FROM_MS, untilMs] as const;
  const info = { os: 'Debian GNU/Linux 12 (bookworm)', kernel: '6.1.0-28-amd64', arch: 'x64' };
  return [
    series(
      host,
      { __name__: 'host_info', ...info, machine: `m-${host}`, env: 'prod', site },
      time,
      1,
    ),
    series(host, { __name__: 'hypervigil_agent_info', version: '0.1.0' }, time, 1),
    series(host, { __name__: 'host_cpu_count' }, time, 16),
    series(host, { __name__: 'host_memory_total_bytes' }, time, 64 * 2 ** 30),
    series(host, { __name__: 'hypervigil_agent_collector_up', collector: 'libvirt' }, time, 1),
  ];
}

function vmSeries(
  host: string,
  [vm, uuid]: readonly [string, string],
  time: readonly [number, number],
  { value, reason }: { value: number; reason: string },
  endsMs?: number,
): Series[] {
  const id = { vm, uuid };
  const make = (labels: Readonly<Record<string, string>>, of: number) =>
    series(host, { ...id, ...labels }, time, of, endsMs);
  return [
    make({ __name__: 'vm_up' }, value === 1 ? 1 : 0),
    make({ __name__: 'vm_state', reason }, value),
    make({ __name__: 'vm_info', hypervisor: 'qemu', vcpus: '2' }, 1),
    make({ __name__: 'vm_memory_total_bytes' }, 4 * 2 ** 30),
  ];
}

let live: LiveRun;

beforeAll(async () => {
  live = await LiveRun.start(NOW_MS);
  await live.live(
    [],
    PLAIN_ROUTING,
    {
      hv1: [
        ...hostSeries('hv1', DARK_MS, 'berlin'),
        ...vmSeries('hv1', ['mail', MAIL], [FROM_MS, MOVED_MS], RUNNING, MOVED_MS + 10_000),
        ...vmSeries('hv1', ['db', DB], [FROM_MS, DARK_MS], OFF),
      ],
      hv2: [
        ...hostSeries('hv2', NOW_MS, 'munich'),
        ...vmSeries('hv2', ['mail', MAIL], [MOVED_MS + 10_000, NOW_MS], RUNNING),
        ...vmSeries('hv2', ['db', DB], [FROM_MS, NOW_MS], RUNNING),
        ...vmSeries('hv2', ['old', OLD], [FROM_MS, NOW_MS], OFF),
      ],
    },
    [FROM_MS, NOW_MS],
  );
}, 120_000);
afterAll(() => live.close());

async function hosts(names: readonly string[] = [], flags: InventoryFlags = {}): Promise<string> {
  const terminal = createRecorder();
  const found = await readHosts(live.client, paramsOf(names, flags));
  if (!found.ok) throw new Error(found.error.message);
  printHosts(found.value, flags.at === undefined, terminal, NOW_MS);
  return terminal.text();
}

async function vms(names: readonly string[] = [], flags: InventoryFlags = {}): Promise<string> {
  const terminal = createRecorder();
  const found = await readVms(live.client, paramsOf(names, flags));
  if (!found.ok) throw new Error(found.error.message);
  if (flags.history === true) printHistories(found.value, terminal, NOW_MS);
  else printVms(found.value, flags.at === undefined, terminal, NOW_MS);
  return terminal.text();
}

function paramsOf(names: readonly string[], flags: InventoryFlags) {
  const params = listParams(names, flags, NOW_MS);
  if (!params.ok) throw new Error(params.error.message);
  return params.value;
}

/** A printed table as rows of cells. */
function rows(text: string): string[][] {
  return text.split('\n').map((line) => line.split(/ {2,}/).map((cell) => cell.trim()));
}

describe('hypervigil hosts', () => {
  test('shows each host, how it is, what it is and what it has', async () => {
    const text = await hosts();
    const system = 'Debian GNU/Linux 12 (bookworm), 6.1.0-28-amd64, qemu';
    const facts = ['16', '64 GiB', '0.1.0', system];
    const [titles, hv1, hv2, ...rest] = rows(text);
    expect(titles?.slice(0, 5)).toEqual(['STATE', 'HOST', 'LAST SEEN', 'KNOWN FOR', 'VMS']);
    const lastMs = sampleTimes('hv1', [FROM_MS, DARK_MS]).at(-1) ?? 0;
    expect(hv1?.slice(0, 3)).toEqual(['silent', 'hv1', formatTime(lastMs)]);
    expect(hv1?.slice(4)).toEqual(['-', ...facts, 'env=prod site=berlin']);
    expect(hv2?.slice(0, 3)).toEqual(['up', 'hv2', 'now']);
    expect(hv2?.slice(4)).toEqual(['2 of 3', ...facts, 'env=prod site=munich']);
    expect(rest).toEqual([[''], ['2 hosts: 1 silent, 1 up']]);
  });

  test('shows those with a name, a state and a tag', async () => {
    const named = async (...args: Parameters<typeof hosts>) =>
      rows(await hosts(...args))
        .map(([, host]) => host)
        .filter((host) => host?.startsWith('hv'));
    expect(await named(['hv*'])).toEqual(['hv1', 'hv2']);
    expect(await named(['*2', 'none'])).toEqual(['hv2']);
    expect(await named([], { state: ['silent'] })).toEqual(['hv1']);
    expect(await named([], { tag: ['env=prod', 'site=mun*'] })).toEqual(['hv2']);
    expect(await hosts(['web'])).toBe('No host found.');
  });
});

describe('hypervigil hosts --at', () => {
  test('shows those that were there, and nothing that is so only now', async () => {
    const [titles, hv1, hv2] = rows(await hosts([], { at: '30m' }));
    expect(titles?.slice(0, 4)).toEqual(['HOST', 'LAST SEEN', 'KNOWN FOR', 'CPUS']);
    expect([hv1?.[0], hv2?.[0]]).toEqual(['hv1', 'hv2']);
    expect(hv2?.[1]).toMatch(/^\d{4}-/);
  });

  test('refuses a time that is yet to come', () => {
    const params = listParams([], { at: `${NOW_MS / 1000 + 60}` }, NOW_MS);
    expect(params.ok ? '' : params.error.message).toMatch(/yet to come/);
  });
});

describe('hypervigil vms', () => {
  test('shows each VM, how it is and where', async () => {
    const [titles, db, mail, old, ...rest] = rows(await vms());
    expect(titles?.slice(0, 4)).toEqual(['STATE', 'FOR', 'VM', 'HOST']);
    expect(db?.filter((_, i) => i !== 1)).toEqual([
      ...['running', 'db', 'hv2 (also on hv1 unknown)', '2', '4.0 GiB', '59 min 53 s', DB],
      'env=prod site=munich',
    ]);
    expect(mail?.slice(0, 4)).toEqual(['running', '39 min 43 s', 'mail', 'hv2']);
    expect(old?.[0]).toBe('off');
    expect(rest).toEqual([[''], ['3 VMs on 1 host: 2 running, 1 off']]);
  });

  test('shows where they were at another time', async () => {
    const then = rows(await vms(['mail', DB], { at: '50m' }));
    expect(then.slice(1, 3).map(([vm, host]) => `${vm} ${host}`)).toEqual(['db hv2', 'mail hv1']);
    expect(await vms([], { at: '50m', host: ['hv1'] })).toContain('1 VM on 1 host');
    expect(await vms([], { host: ['hv1'] })).toBe('No VM found.');
  });

  test('tells where one has been', async () => {
    const movedMs = sampleTimes('hv2', [MOVED_MS + 10_000, NOW_MS])[0] ?? 0;
    const cameMs = sampleTimes('hv1', [FROM_MS, NOW_MS])[0] ?? 0;
    const spans = ['20 min 11 s', '39 min 43 s'];
    expect(await vms(['mail'], { history: true })).toBe(
      [
        `mail (${MAIL}): running`,
        `  hv1  from ${formatTime(cameMs)} to ${formatTime(movedMs)}, for ${spans[0]}`,
        `  hv2  since ${formatTime(movedMs)}, for ${spans[1]}`,
      ].join('\n'),
    );
  });

  test('refuses a state of another time, and one there is not', async () => {
    const then = listParams([], { at: '1h', state: ['up'] }, NOW_MS);
    expect(then.ok ? '' : then.error.message).toMatch(/^--at with --state/);
    const found = await readVms(live.client, paramsOf([], { state: ['well'] }));
    expect(found.ok ? '' : found.error.message).toMatch(/"well" is not one of running, .*gone/);
  });
});
