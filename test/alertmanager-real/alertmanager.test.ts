import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { fingerprint, groupKey } from '../../core/alertmanager/fingerprint.ts';
import { createInhibitor } from '../../core/alertmanager/inhibit.ts';
import { type AlertLabels, matchesLabels } from '../../core/alertmanager/matcher.ts';
import { parseMatchers } from '../../core/alertmanager/parse-matcher.ts';
import { parsed } from '../alertmanager/config-fixture.ts';
import { until, withAlertmanager } from './programs.ts';
import { anyInhibitRule, anyLabels, anyMatcher } from './random-config.ts';

/** Sets of alerts that have nothing to do with each other, told apart by a label. */
const SETS = 40;

const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);

const alertsSchema = v.array(
  v.object({
    fingerprint: v.string(),
    labels: v.record(v.string(), v.string()),
    status: v.object({ inhibitedBy: v.array(v.string()) }),
  }),
);

async function alertsOf(url: string, filter: readonly string[] = []) {
  const query = new URLSearchParams(filter.map((matcher): [string, string] => ['filter', matcher]));
  const response = await fetch(`${url}/api/v2/alerts?${query}`);
  expect([filter, response.status]).toEqual([filter, 200]);
  return v.parse(alertsSchema, await response.json());
}

async function post(url: string, alerts: readonly AlertLabels[]): Promise<void> {
  const response = await fetch(`${url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts.map((labels) => ({ labels }))),
  });
  expect([response.status, await response.text()]).toEqual([200, '']);
}

/** Alertmanager drops empty labels, and refuses alerts that have no others. */
function withoutEmpty(labels: AlertLabels): AlertLabels {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));
}

function randomAlerts(): AlertLabels[] {
  const sample = fc.sample(anyLabels, { numRuns: SETS * 12, seed: SEED });
  return sample.map((labels, i) => withoutEmpty({ ...labels, set: String(i % SETS) }));
}

test(`fingerprints, filters and inhibition are the same (SEED=${SEED})`, async () => {
  const alerts = randomAlerts();
  const known = new Map(alerts.map((labels) => [fingerprint(labels), labels]));
  const rules = fc.sample(anyInhibitRule, { numRuns: SETS, seed: SEED }).map((rule, i) => ({
    ...rule,
    source_matchers: [...(rule.source_matchers ?? []), `set=${i}`],
    target_matchers: [...(rule.target_matchers ?? []), `set=${i}`],
  }));
  const text = JSON.stringify({
    route: { receiver: 'nobody' },
    receivers: [{ name: 'nobody' }],
    inhibit_rules: rules,
  });
  const inhibitedBy = createInhibitor(
    parsed(text).inhibitRules,
    [...known].map(([id, labels]) => ({ fingerprint: id, labels })),
  );
  const muted = [...known].filter(
    ([id, labels]) => inhibitedBy({ fingerprint: id, labels }).length > 0,
  );
  const mutedIds = muted.map(([id]) => id).sort();
  expect(mutedIds.length).toBeGreaterThan(0);

  await withAlertmanager(text, async (url) => {
    await post(url, alerts);
    expect((await alertsOf(url)).map((alert) => alert.fingerprint).sort()).toEqual(
      [...known.keys()].sort(),
    );
    // It learns of sources a little after it has the alerts.
    let found: string[] = [];
    await until(async () => {
      const inhibited = (await alertsOf(url)).filter(({ status }) => status.inhibitedBy.length > 0);
      found = inhibited.map((alert) => alert.fingerprint).sort();
      return found.length >= mutedIds.length;
    });
    expect(found).toEqual(mutedIds);

    for (const filter of fc.sample(anyMatcher, { numRuns: 100, seed: SEED })) {
      const matchers = parseMatchers(filter);
      if (!matchers.ok) throw new Error(matchers.error);
      // The API takes one matcher at a time.
      if (matchers.value.length !== 1 || filter.startsWith('{')) continue;
      const fitting = [...known].filter(([, labels]) => matchesLabels(matchers.value, labels));
      const told = await alertsOf(url, [filter]);
      expect([filter, told.map((alert) => alert.fingerprint).sort()]).toEqual([
        filter,
        fitting.map(([id]) => id).sort(),
      ]);
    }
  });
});

const payloadSchema = v.object({
  groupKey: v.string(),
  groupLabels: v.record(v.string(), v.string()),
});

test('group keys are the same', async () => {
  const told = new Map<string, AlertLabels>();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body: unknown = JSON.parse(Buffer.concat(parts).toString());
      const payload = v.parse(payloadSchema, body);
      told.set(payload.groupKey, payload.groupLabels);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const text = JSON.stringify({
    route: {
      receiver: 'hook',
      group_by: ['host', 'vm', 'set'],
      group_wait: '0s',
      routes: [{ matchers: ['vm=~".+"', 'host!="say \\"a\\""'] }],
    },
    receivers: [{ name: 'hook', webhook_configs: [{ url: `http://127.0.0.1:${port}/` }] }],
  });
  const { route } = parsed(text);
  const [child] = route.routes;
  if (child === undefined) throw new Error('no child');
  const alerts = randomAlerts();
  const expected = alerts.map((labels) => {
    const grouped = Object.entries(labels).filter(([name]) => ['host', 'vm', 'set'].includes(name));
    const taken = matchesLabels(child.matchers, labels) ? child : route;
    return groupKey(taken, Object.fromEntries(grouped));
  });
  try {
    await withAlertmanager(text, async (url) => {
      await post(url, alerts);
      await until(async () => told.size >= new Set(expected).size);
      expect([...told.keys()].sort()).toEqual([...new Set(expected)].sort());
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
