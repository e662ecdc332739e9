import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DAY_MS } from '../../core/time.ts';
import { sampled, storeSeries } from '../api/fixture.ts';
import { type Deployment, type DeploymentOptions, startDeployment } from './deployment.ts';

const NOW_MS = Date.UTC(2026, 2, 1, 12, 0, 0);
const HOUR_MS = 3_600_000;
/** Each minute kept as it came is a call of the table. */
const ONE_DAY = { RAW_RETENTION_DAYS: '1' };

let folder: string;
let deployment: Deployment;
const deployments: Deployment[] = [];

async function start(options: DeploymentOptions = {}): Promise<Deployment> {
  const started = await startDeployment(NOW_MS, folder, options);
  deployments.push(started);
  return started;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hypervigil-test-'));
  deployment = await start({ settings: ONE_DAY });
});
afterEach(async () => {
  for (const each of deployments.splice(0)) await each.close();
  await rm(folder, { recursive: true });
});

async function file(text: string, name = 'in.om'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, name.endsWith('.gz') ? gzipSync(text) : text);
  return path;
}

/** Lines of `series` with a sample every 15 s. */
function lines(
  series: string,
  [fromMs, toMs]: readonly [number, number],
  value: (i: number) => string,
): string {
  const all: string[] = [];
  for (let i = 0; fromMs + i * 15_000 < toMs; i++)
    all.push(`${series} ${value(i)} ${(fromMs + i * 15_000) / 1000}\n`);
  return all.join('');
}

const at = (atMs: number) => atMs / 1000;
const values = (data: unknown): readonly (readonly [number, string])[] => {
  const { result } = data as { result: { values: [number, string][] }[] };
  return result.flatMap((one) => one.values);
};

describe('import of OpenMetrics', () => {
  test('stores values, times and labels as they are', async () => {
    const t = NOW_MS - HOUR_MS;
    const text = `# TYPE load gauge
# HELP load Of "all".
load{path="C:\\\\x",say="a \\"b\\"\\n"} 1.5 ${at(t)}.001
load{path="C:\\\\x",say="a \\"b\\"\\n"} -0 ${at(t)}.002
load{path="C:\\\\x",say="a \\"b\\"\\n"} +Inf ${at(t)}.003
load{path="C:\\\\x",say="a \\"b\\"\\n"} 1.7976931348623157e308 ${at(t)}.004
load{path="C:\\\\x",say="a \\"b\\"\\n"} NaN ${at(t)}.005
{"ein.Maß","größe.m"="ü"} 5e-324 ${at(t)}.006 # {id="x"} 0.67
# EOF
`;
    const end = await deployment.import([await file(text)]);
    expect(end).toMatchObject({ isWhole: true, notes: [] });
    expect(end.printed).toBe('6 samples read, 6 sent, 6 stored');
    expect(await deployment.query('{path="C:\\\\x"}[2h]', NOW_MS)).toEqual({
      resultType: 'matrix',
      result: [
        {
          metric: { __name__: 'load', path: 'C:\\x', say: 'a "b"\n' },
          values: ['1.5', '-0', '+Inf', '1.7976931348623157e+308', 'NaN'].map((value, i) => [
            at(t + 1 + i),
            value,
          ]),
        },
      ],
    });
    expect(await deployment.query('{"ein.Maß"}[2h]', NOW_MS)).toMatchObject({
      result: [{ metric: { 'größe.m': 'ü' }, values: [[at(t + 6), '5e-324']] }],
    });
  });

  test('of a year answers at once, and again stores the same', async () => {
    const from = NOW_MS - 350 * DAY_MS;
    const text = [300, 200, 100, 20, 0.5].map((daysAgo) => {
      const begin = NOW_MS - daysAgo * DAY_MS;
      return lines(`load{job="a"}`, [begin, begin + 3 * HOUR_MS], String);
    });
    const path = await file(`${text.join('')}# EOF\n`, 'in.om.gz');
    for (const _ of ['once', 'again'])
      expect(await deployment.import([path])).toMatchObject({
        isWhole: true,
        printed: '3,600 samples read, 3,600 sent, 3,600 stored',
      });
    await deployment.compact();
    const count = await deployment.query('count_over_time(load[400d])', NOW_MS);
    expect(count).toMatchObject({ result: [{ value: [at(NOW_MS), '3600'] }] });
    expect(await deployment.query('max_over_time(load[30d])', from + 80 * DAY_MS)).toMatchObject({
      result: [{ value: [expect.anything(), '719'] }],
    });
  }, 20_000);

  test('keeps what is good beside what is bad, and says where that is', async () => {
    const t = at(NOW_MS - HOUR_MS);
    const text = [
      `good 1 ${t}`,
      'good 2',
      `good three ${t}`,
      'good{a="b} 1',
      `good{a="b" 1 ${t}`,
      `good 2 ${t}000`,
      `good{a="1",a="2"} 1 ${t}`,
      'good 3',
      `good 4 ${t + 1}`,
    ];
    const path = await file(text.join('\n'));
    const end = await deployment.import([path]);
    expect(end.isWhole).toBe(false);
    expect(end.printed).toBe('2 samples read, 2 sent, 2 stored');
    expect(end.notes).toEqual([
      `${path}:2: a sample without a timestamp: nobody knows of when it is (and 1 more of this kind)`,
      `${path}:3: no number after good: "three ${t}"`,
      `${path}:4: no "value" for the label a: "\\"b} 1"`,
      `${path}:5: no , or }: "1 ${t}"`,
      `${path}:6: ${t}000 is no time from 1970 to 9999: OpenMetrics has seconds`,
      `${path}:7: a label given twice: good{a="1",a="2"}`,
      `${path}:10: no # EOF at the end: the file may be cut off`,
    ]);
  });

  test('tells what was refused, and of two values for an instant', async () => {
    const old = at(NOW_MS - 500 * DAY_MS);
    const t = at(NOW_MS - HOUR_MS);
    const path = await file(`a 1 ${old}\nb 1 ${t}\nb 2 ${t}\n# EOF\n`);
    const end = await deployment.import([path]);
    expect(end.isWhole).toBe(false);
    expect(end.printed).toBe('3 samples read, 2 sent, 1 stored');
    expect(end.notes).toEqual([
      `1 of 2 samples are stored; refused: out of bounds: older than what is kept: 1, e.g. a at ${old * 1000}`,
      '1 instants had two values: the first one was taken',
    ]);
    expect(values(await deployment.query('b[2h]', NOW_MS))).toEqual([[t, '1']]);
  });

  test('takes only what is chosen', async () => {
    const t = NOW_MS - 3 * HOUR_MS;
    const text = ['a', 'b'].map((job) => lines(`x{job="${job}"}`, [t, NOW_MS - HOUR_MS], String));
    const from = new Date(t + HOUR_MS).toISOString();
    const flags = { from, to: '90m', match: ['{job="b"}', 'nothing'] };
    const end = await deployment.import([await file(`${text.join('')}# EOF\n`)], flags);
    expect(end.printed).toBe('960 samples read, 120 sent, 120 stored');
    expect(await deployment.query('count_over_time(x[1d])', NOW_MS)).toMatchObject({
      result: [{ metric: { job: 'b' }, value: [at(NOW_MS), '120'] }],
    });
  });

  test('waits for as long as a busy table asks', async () => {
    let left = 3;
    const busy = await start({
      fault: (path) =>
        path === 'write' && left-- > 0
          ? { statusCode: 503, headers: { 'retry-after': '7' } }
          : undefined,
    });
    const path = await file(`a 1 ${at(NOW_MS - HOUR_MS)}\n# EOF\n`);
    const end = await busy.import([path]);
    expect(end).toMatchObject({ isWhole: true, waits: [7000, 7000, 7000] });
  });

  test('that is broken off says where to go on', async () => {
    let writes = 0;
    const broken = await start({
      fault: (path) =>
        path === 'write' && ++writes > 2 ? { statusCode: 500, headers: {} } : undefined,
    });
    const begin = NOW_MS - 300 * HOUR_MS;
    const all = Array.from({ length: 20 }, (_, i) =>
      lines(`a{i="${i}"}`, [begin, begin + 150 * HOUR_MS], String),
    );
    const end = await broken.import([await file(`${all.join('')}# EOF\n`)]);
    expect(end.isWhole).toBe(false);
    const said = end.notes.join('\n');
    const from = /go on with the same command and --from (\S+)/.exec(said)?.[1] ?? '';
    expect(Date.parse(from)).toBeGreaterThan(begin);
    expect(Date.parse(from)).toBeLessThan(begin + 150 * HOUR_MS);
  }, 20_000);

  test('names what is wrong with a command line', async () => {
    const notes = async (...args: Parameters<Deployment['import']>) =>
      (await deployment.import(...args)).notes.join('\n');
    expect(await notes([])).toMatch(/give files, or --remote-read/);
    expect(await notes(['x'], { from: '1h', to: '2h' })).toMatch(/--from must lie before --to/);
    expect(await notes(['x'], { match: ['{'] })).toMatch(/--match \{: /);
    expect(await notes([join(folder, 'none')])).toMatch(/can't read .*none.*nothing was imported/);
    expect(await notes(['x'], { keyFile: join(folder, 'none') })).toMatch(/can't read the key/);
  });
});

describe('export', () => {
  test('is OpenMetrics: families together, with what the catalogue says of them', async () => {
    const span = [NOW_MS - 20_000, NOW_MS - 10_000] as const;
    await storeSeries(deployment.store, '@s', [
      sampled({ __name__: 'x', job: 'b\n"\\' }, span, () => 1),
      sampled({ __name__: 'host_memory_available_bytes' }, span, (ms) => (ms % 3) + 0.1),
      sampled({ __name__: 'x', job: 'a' }, span, () => Number.NaN),
      sampled({ __name__: 'my.name', 'a.b': 'c' }, span, () => -0),
      sampled({ __name__: 'node_cpu_seconds_total' }, [NOW_MS - 20_004, NOW_MS - 20_004], () => 7),
    ]);
    await deployment.import([await file(`y 1 ${at(NOW_MS - 60_000)}\n# EOF\n`)]);
    const path = join(folder, 'out.om');
    const end = await deployment.export(path, { from: '1h' });
    expect(end).toMatchObject({ isWhole: true, notes: ['10 samples of 6 series'] });
    const [a, b] = span.map(at);
    const text = await readFile(path, 'utf8');
    const spool = [span[0], span[1]].map((ms) => (ms % 3) + 0.1);
    expect(text.split('\n').filter((line) => !line.startsWith('# HELP'))).toEqual([
      '# TYPE host_memory_available_bytes gauge',
      '# UNIT host_memory_available_bytes bytes',
      `host_memory_available_bytes ${spool[0]} ${a}`,
      `host_memory_available_bytes ${spool[1]} ${b}`,
      '# TYPE "my.name" unknown',
      `{"my.name","a.b"="c"} -0 ${a}`,
      `{"my.name","a.b"="c"} -0 ${b}`,
      '# TYPE node_cpu_seconds_total unknown',
      `node_cpu_seconds_total 7 ${at(NOW_MS - 20_004)}`,
      '# TYPE x unknown',
      `x{job="a"} NaN ${a}`,
      `x{job="a"} NaN ${b}`,
      `x{job="b\\n\\"\\\\"} 1 ${a}`,
      `x{job="b\\n\\"\\\\"} 1 ${b}`,
      '# TYPE y unknown',
      `y 1 ${at(NOW_MS - 60_000)}`,
      '# EOF',
      '',
    ]);
    expect(text).toMatch(/# HELP host_memory_available_bytes \S/);
  });

  test('from one Hypervigil to another: the same answers, also of old times', async () => {
    const spans = [300, 100, 20, 5, 0.5].map((daysAgo) => NOW_MS - daysAgo * DAY_MS);
    const text = spans.flatMap((begin) => [
      lines('up{host="web-1"}', [begin, begin + 2 * HOUR_MS], () => '1'),
      lines('load{host="web-1"}', [begin, begin + 2 * HOUR_MS], (i) => String((i * 7) % 11)),
      lines('x_total{vm="a"}', [begin, begin + 2 * HOUR_MS], (i) => String((i * 3) % 500)),
    ]);
    const path = await file(`${text.join('')}# EOF\n`);
    expect(await deployment.import([path])).toMatchObject({ isWhole: true });
    await deployment.compact();
    const other = await start({ settings: ONE_DAY });
    const out = join(folder, 'out.om');
    const exported = await deployment.export(out);
    expect(exported).toMatchObject({ isWhole: true });
    expect(exported.notes).toEqual([
      expect.stringMatching(/samples of 3 series/),
      expect.stringMatching(/^answered from points of an hour before /),
      expect.stringMatching(/^answered from points of a minute before /),
    ]);
    expect(await other.import([out])).toMatchObject({ isWhole: true });
    await other.compact();
    for (const [i, begin] of spans.entries()) {
      const near = begin + 5 * HOUR_MS;
      for (const query of [
        'load[6h]',
        'x_total[6h]',
        'rate(x_total[4h])',
        'up{host="web-1"}[6h]',
      ]) {
        // Of hours and minutes there is one point each left, and what is made of it.
        if (i < 2 && query.startsWith('rate')) continue;
        expect(await other.query(query, near), query).toEqual(await deployment.query(query, near));
      }
    }
  }, 30_000);

  test('asks for less where it is too much, and again where something was missing', async () => {
    let asked = 0;
    const narrow = await start({
      fault: (path) =>
        path === 'query' && ++asked % 4 === 1
          ? asked % 8 === 1
            ? { statusCode: 422, headers: {} }
            : { statusCode: 503, headers: { 'retry-after': '3' } }
          : undefined,
    });
    const text = ['a', 'b', 'c'].map((name) => lines(name, [NOW_MS - HOUR_MS, NOW_MS], String));
    const path = await file(`${text.join('')}# EOF\n`);
    await narrow.import([path]);
    const out = join(folder, 'out.om');
    const end = await narrow.export(out, { from: '90m' });
    expect(end).toMatchObject({ isWhole: true, notes: ['720 samples of 3 series'] });
    expect(new Set(end.waits)).toEqual(new Set([3000]));
    expect((await readFile(out, 'utf8')).replaceAll(/# TYPE.*\n/g, '')).toBe(
      await readFile(path, 'utf8'),
    );
  });

  test('that fails leaves no file, and says why', async () => {
    const out = join(folder, 'out.om');
    const broken = await start({
      fault: (path) => (path === 'query' ? { statusCode: 404, headers: {} } : undefined),
    });
    const end = await broken.export(out, { from: '1h' });
    expect(end.isWhole).toBe(false);
    expect(end.notes.join()).toMatch(/answers 404/);
    await expect(readFile(out)).rejects.toThrow(/ENOENT/);
    expect((await deployment.export(out, { resolution: '5s' })).notes).toEqual([
      '--resolution 5s: give raw, 1m or 1h',
    ]);
  });
});
