import { afterEach, describe, expect, test } from 'vitest';
import type { PostableAlert } from '../../core/alerting/resend.ts';
import {
  createAlertmanagerSender,
  sendTimeoutMs,
} from '../../functions/notify/alertmanager-target.ts';
import { type Reply, type Seen, startTarget, type Target } from './target.ts';

const TIMEOUT_MS = 10_000;

const open: Target[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ close }) => close()));
});

async function target(reply: (seen: Seen) => Reply | undefined = () => ({ status: 200 })) {
  const started = await startTarget(reply);
  open.push(started);
  return started;
}

function alert(vm = 'web-1'): PostableAlert {
  return {
    labels: { alertname: 'Busy', vm },
    annotations: { summary: 'Load 9' },
    startsAtMs: Date.UTC(2026, 0, 5, 12),
    endsAtMs: Date.UTC(2026, 0, 5, 12, 4, 0, 5),
    generatorUrl: 'https://watch.example/graph?g0.expr=up&g0.tab=1',
  };
}

test('every Alertmanager gets every alert, as its API has them', async () => {
  const [one, other] = [await target(), await target()];
  const send = createAlertmanagerSender([one.url, `${other.url}/behind/a/proxy/`], TIMEOUT_MS);
  expect(await send([alert()])).toEqual([]);
  expect([...one.seen, ...other.seen].map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /api/v2/alerts',
    'POST /behind/a/proxy/api/v2/alerts',
  ]);
  expect(one.seen[0]?.headers['content-type']).toBe('application/json');
  expect(JSON.parse(one.seen[0]?.body ?? '')).toEqual([
    {
      labels: { alertname: 'Busy', vm: 'web-1' },
      annotations: { summary: 'Load 9' },
      startsAt: '2026-01-05T12:00:00.000Z',
      endsAt: '2026-01-05T12:04:00.005Z',
      generatorURL: 'https://watch.example/graph?g0.expr=up&g0.tab=1',
    },
  ]);
});

test('no alert is no request', async () => {
  const one = await target();
  expect(await createAlertmanagerSender([one.url], TIMEOUT_MS)([])).toEqual([]);
  expect(one.seen).toEqual([]);
});

test('many alerts are several requests of 256', async () => {
  const one = await target();
  const alerts = Array.from({ length: 600 }, (_, i) => alert(`web-${i}`));
  expect(await createAlertmanagerSender([one.url], TIMEOUT_MS)(alerts)).toEqual([]);
  const batches = one.seen.map(({ body }): unknown[] => JSON.parse(body));
  expect(batches.map(({ length }) => length)).toEqual([256, 256, 88]);
  expect(batches.flat()).toHaveLength(600);
});

test('a password goes into a header and into no message', async () => {
  const one = await target(() => ({ status: 403 }));
  const send = createAlertmanagerSender([one.url.replace('//', '//me:p%40ss@')], TIMEOUT_MS);
  expect(await send([alert()])).toEqual([
    `Alertmanager ${one.url} was not told of 1 alert: it answered 403 Forbidden`,
  ]);
  expect(one.seen[0]?.headers.authorization).toBe(
    `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
  );
});

describe('one that fails', () => {
  test('costs the others nothing, and is named', async () => {
    const [good, bad] = [await target(), await target(() => ({ status: 500 }))];
    const gone = await startTarget(() => undefined);
    await gone.close();
    const errors = await createAlertmanagerSender(
      [bad.url, gone.url, good.url],
      TIMEOUT_MS,
    )([alert()]);
    expect(good.seen).toHaveLength(1);
    expect(errors).toEqual([
      `Alertmanager ${bad.url} was not told of 1 alert: it answered 500 Internal Server Error`,
      expect.stringMatching(`^Alertmanager ${gone.url} was not told of 1 alert: .*ECONNREFUSED`),
    ]);
  });

  test('is not asked again in the same tick', async () => {
    const bad = await target(() => ({ status: 503 }));
    const alerts = Array.from({ length: 600 }, (_, i) => alert(`web-${i}`));
    const errors = await createAlertmanagerSender([bad.url], TIMEOUT_MS)(alerts);
    expect(bad.seen).toHaveLength(1);
    expect(errors[0]).toContain('was not told of 600 alerts');
  });

  test('by silence is given up in time', async () => {
    const silent = await target(() => undefined);
    expect(sendTimeoutMs(60_000)).toBe(10_000);
    // The next tick is not to wait for it.
    expect(sendTimeoutMs(5_000)).toBeLessThan(5_000);
    expect(await createAlertmanagerSender([silent.url], 50)([alert()])).toEqual([
      `Alertmanager ${silent.url} was not told of 1 alert: it did not answer in time`,
    ]);
  });
});
