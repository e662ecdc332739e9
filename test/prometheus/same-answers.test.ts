import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeServer, LOOPBACK, listen } from '../../infra/local/listen.ts';
import { encode, type Params, startApi, type TestApi } from '../api/fixture.ts';

/**
 * The same requests to a real Prometheus 3 without any sample and to the API over an empty table:
 * status and JSON must be the same. Needs `PROMETHEUS_BIN`.
 */
const PROMETHEUS = process.env['PROMETHEUS_BIN'] ?? 'prometheus';
const STARTS_WITHIN_MS = 30_000;

let api: TestApi;
let url: string;
const undo: (() => unknown)[] = [];

beforeAll(async () => {
  api = await startApi();
  undo.push(api.close);
  const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
  undo.push(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'prometheus.yml'), 'rule_files: [test.rules.yaml]');
  await copyFile('test/api/rules/test.rules.yaml', join(folder, 'test.rules.yaml'));
  const free = createServer();
  const port = await listen(free, 0);
  if (!port.ok) throw new Error(port.error.message);
  await closeServer(free, 0);
  const child = spawn(
    PROMETHEUS,
    [
      '--config.file=prometheus.yml',
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=${LOOPBACK}:${port.value}`,
    ],
    { cwd: folder, stdio: 'ignore' },
  );
  undo.push(async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  });
  url = `http://${LOOPBACK}:${port.value}`;
  const untilMs = Date.now() + STARTS_WITHIN_MS;
  while (
    !(await fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (Date.now() > untilMs) throw new Error(`${PROMETHEUS} is not ready`);
    await sleep(100);
  }
});
afterAll(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

const RANGE = { start: '0', end: '100', step: '10' };

test.each<[string, Params]>([
  ['query', { query: '1+1', time: '0' }],
  ['query', { query: '"text"', time: '1.5' }],
  ['query', { query: 'vector(1)', time: '2026-03-01T12:00:00.123Z' }],
  ['query', { query: 'vector(1)', time: '2026-03-01T12:00:00.123+01:30' }],
  ['query', { query: 'label_replace(vector(-0), "a", "b", "", "")', time: '1' }],
  ['query', { query: 'vector(1e21) or vector(2)', time: '-1.25' }],
  ['query', { query: '1e-7', time: '1e9' }],
  ['query', { query: '0.000001', time: '1' }],
  ['query', { query: '1e21', time: '1' }],
  ['query', { query: 'vector(1e-7)', time: '1' }],
  ['query', { query: 'vector(0.000001)', time: '1' }],
  ['query', { query: 'NaN', time: '1' }],
  ['query', { query: 'up', time: '1' }],
  ['query', { query: 'up[5m]', time: '1' }],
  ['query', { query: 'quantile(2, vector(1))', time: '1' }],
  ['query', { query: 'absent(up)', time: '1', limit: '1' }],
  ['query', { query: 'time()', time: '1', timeout: '5s', lookback_delta: '1m' }],
  ['query', {}],
  ['query', { query: 'sum(' }],
  ['query', { query: '1', time: 'x' }],
  ['query', { query: '1', time: '2026-02-30T00:00:00Z' }],
  ['query', { query: '1', time: '2026-02-28T24:00:00Z' }],
  ['query', { query: '1', time: '2026-02-28 00:00:00Z' }],
  ['query', { query: '1', time: '1', limit: 'x' }],
  ['query', { query: '1', time: '1', limit: '-1' }],
  ['query', { query: '1', time: '1', timeout: 'x' }],
  ['query', { query: '1', time: '1', timeout: '0' }],
  ['query', { query: '1', time: '1', timeout: '-1s' }],
  ['query', { query: '1', time: '1', timeout: '-2' }],
  ['query', { query: '1', time: '1', timeout: '1e30' }],
  ['query', { query: '1', time: '1', lookback_delta: 'x' }],
  [
    'query',
    {
      query: 'vector(1) + on() (label_replace(vector(1), "a", "b", "", "") or vector(2))',
      time: '1',
    },
  ],
  ['query_range', { query: '1', ...RANGE }],
  ['query_range', { query: 'vector(1) > 2', ...RANGE }],
  ['query_range', { query: 'time()', start: '0.5', end: '2', step: '500ms' }],
  ['query_range', { query: 'time()', ...RANGE, limit: '1' }],
  ['query_range', { query: '1', ...RANGE, step: '0' }],
  ['query_range', { query: '1', ...RANGE, step: '-1m' }],
  ['query_range', { query: '1', ...RANGE, step: '' }],
  ['query_range', { query: '1', ...RANGE, step: '1e20' }],
  ['query_range', { query: '1', ...RANGE, end: '-1' }],
  ['query_range', { query: '1', ...RANGE, start: '' }],
  ['query_range', { query: '1', start: '0', end: '11000', step: '1' }],
  ['query_range', { query: '1', start: '0', end: '11001', step: '1' }],
  ['query_range', { query: 'up[5m]', ...RANGE }],
  ['query_range', { query: '"x"', ...RANGE }],
  ['query_range', { query: 'sum(', ...RANGE }],
  ['format_query', { query: 'sum(up)by(a)/on(b)group_left up' }],
  ['format_query', { query: 'sum(' }],
  ['format_query', {}],
  ['query_exemplars', { query: 'up' }],
  ['query_exemplars', { query: 'up', start: '2', end: '1' }],
  ['query_exemplars', { query: '(' }],
  ['series', {}],
  ['series', { 'match[]': 'up', start: '1', end: '2' }],
  ['series', { 'match[]': ['up', '{a=~"b.*"}'], start: '1', end: '2', limit: '1' }],
  ['series', { 'match[]': '{}' }],
  ['series', { 'match[]': '{a=~".*"}' }],
  ['series', { 'match[]': 'up{' }],
  ['series', { 'match[]': 'sum(up)' }],
  ['series', { 'match[]': 'up', start: 'x' }],
  ['labels', { start: '1', end: '2' }],
  ['labels', { 'match[]': '{' }],
  ['labels', { limit: '1.5' }],
  ['label/a/values', { start: '1', end: '2' }],
  ['label/a/values', { 'match[]': '{}' }],
  ['label/U__a_2e_b/values', { start: '1', end: '2' }],
  ['metadata', { limit: 'x' }],
  ['metadata', { limit_per_metric: 'x' }],
  ['metadata', { metric: 'nothing' }],
  ['rules', {}],
  ['rules', { type: 'alert', exclude_alerts: 'true' }],
  ['rules', { type: 'record' }],
  ['rules', { 'match[]': '{severity="critical"}' }],
  ['rules', { 'match[]': ['{severity="warning"}', '{where=~".*host.*"}'] }],
  ['rules', { 'rule_group[]': 'up', 'file[]': 'test.rules.yaml' }],
  ['rules', { group_limit: '1' }],
  ['rules', { type: 'x' }],
  ['rules', { 'rule_name[]': 'nothing' }],
  ['rules', { exclude_alerts: 'x' }],
  ['rules', { group_limit: 'x' }],
  ['rules', { group_limit: '0' }],
  ['rules', { group_next_token: 'x' }],
  ['rules', { 'match[]': 'up{' }],
  ['alerts', {}],
])('%s with %o', async (path, params) => {
  const real = await fetch(`${url}/api/v1/${path}?${encode(params)}`);
  const ours = await api.get(`/api/v1/${path}`, params);
  expect([ours.status, unevaluated(ours.text)]).toEqual([
    real.status,
    unevaluated(await real.text()),
  ]);
});

/** Without what tells whether Prometheus has evaluated a rule yet, which is a matter of luck. */
function unevaluated(text: string): unknown {
  return JSON.parse(text, (name, value: unknown) =>
    ['state', 'health', 'evaluationTime', 'lastEvaluation'].includes(name) ? '' : value,
  );
}
