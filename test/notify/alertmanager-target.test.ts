import { afterEach, describe, expect, test } from 'vitest';
import type { PostableAlert } from '../../core/alerting/resend.ts';
import { createAlertmanagerSender } from '../../functions/notify/alertmanager-target.ts';
import { type Reply, type Seen, startTarget, type Target } from './target.ts';

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
  const send = createAlertmanagerSender([one.url, `${other.url}/behind/a/proxy/`]);
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
  expect(await createAlertmanagerSender([one.url])([])).toEqual([]);
  expect(one.seen).toEqual([]);
});

test('many alerts are several requests of 256', async () => {
  const one = await target();
  const alerts = Array.from({ length: 600 }, (_, i) => alert(`web-${i}`));
  expect(await createAlertmanagerSender([one.url])(alerts)).toEqual([]);
  const batches = one.seen.map(({ body }): unknown[] => JSON.parse(body));
  expect(batches.map(({ length }) => length)).toEqual([256, 256, 88]);
  expect(batches.flat()).toHaveLength(600);
});

test('a password goes into a header and into no message', async () => {
  const one = await target(() => ({ status: 403 }));
  const send = createAlertmanagerSender([one.url.replace('//', '//me:p%40ss@')]);
  expect(await send([alert()])).toEqual([
    `1 alerts were not sent to ${one.url}: it answered 403 Forbidden`,
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
    const errors = await createAlertmanagerSender([bad.url, gone.url, good.url])([alert()]);
    expect(good.seen).toHaveLength(1);
    expect(errors).toEqual([
      `1 alerts were not sent to ${bad.url}: it answered 500 Internal Server Error`,
      expect.stringMatching(`^1 alerts were not sent to ${gone.url}: .*ECONNREFUSED`),
    ]);
  });

  test('is not asked again in the same tick', async () => {
    const bad = await target(() => ({ status: 503 }));
    const alerts = Array.from({ length: 600 }, (_, i) => alert(`web-${i}`));
    const errors = await createAlertmanagerSender([bad.url])(alerts);
    expect(bad.seen).toHaveLength(1);
    expect(errors[0]).toContain('600 alerts were not sent');
  });

  test('by silence is given up in time', async () => {
    const silent = await target(() => undefined);
    expect(await createAlertmanagerSender([silent.url], 50)([alert()])).toEqual([
      `1 alerts were not sent to ${silent.url}: it did not answer in time`,
    ]);
  });
});
