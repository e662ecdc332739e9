import { expect, test } from 'vitest';
import type { PostableAlert } from '../../core/alerting/resend.ts';
import { createAlertmanagerSender } from '../../functions/notify/alertmanager-target.ts';
import { withAlertmanager } from '../alertmanager-real/programs.ts';

const CONFIG = 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n';

/** Alerts as an Alertmanager knows them. */
async function known(url: string): Promise<unknown> {
  return (await fetch(`${url}/api/v2/alerts?active=true`)).json();
}

function alert(vm: string, startsAtMs: number, endsAtMs: number): PostableAlert {
  return {
    labels: { alertname: 'Busy', vm },
    annotations: { summary: 'Load "9"' },
    startsAtMs,
    endsAtMs,
    generatorUrl: 'https://watch.example/graph?g0.expr=load+%3E+5&g0.tab=1',
  };
}

test('a real Alertmanager takes what it is sent', async () => {
  await withAlertmanager(CONFIG, async (url) => {
    const nowMs = Date.now();
    const send = createAlertmanagerSender([url], 10_000);
    const web = alert('web-1', nowMs - 60_000, nowMs + 240_000);
    const vms = Array.from({ length: 300 }, (_, i) => alert(`vm-${i}`, nowMs, nowMs + 240_000));
    expect(await send([web, ...vms])).toEqual([]);
    expect(await known(url)).toHaveLength(301);
    expect(await known(url)).toContainEqual(
      expect.objectContaining({
        labels: web.labels,
        annotations: web.annotations,
        startsAt: new Date(web.startsAtMs).toISOString(),
        endsAt: new Date(web.endsAtMs).toISOString(),
        generatorURL: web.generatorUrl,
      }),
    );
    // What is over is no longer among the active.
    expect(await send(vms.map((vm) => ({ ...vm, endsAtMs: nowMs })))).toEqual([]);
    expect(await known(url)).toHaveLength(1);
  });
});
