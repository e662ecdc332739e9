import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DESKTOP, launchBrowser, PHONE, type Visit, visit } from '../browser/open-page.ts';
import type { Child } from '../testbed/child.ts';
import { StackUnderTest, startAgent } from '../testbed/stack.ts';
import { TestHost } from '../testbed/test-host.ts';
import { waitFor } from '../testbed/testbed.ts';

/*
 * What people see of a VM that dies: its cell on a page that is open turns red, and whoever has the SMS at night
 * silences the alert on a phone. The intervals and rules are as shipped; Chromium is needed too.
 */

const HOST = 'hv1';
const CRASHING = 'vm1';
const STEADY = 'vm2';
/** A sample, the rest of its minute, a tick, the page's next question. */
const SEEN_WITHIN_MS = 4 * 60_000;
/** The agent hears of a crash at once, posts, and the page asks every few seconds; twice for a slow machine. */
const RED_WITHIN_S = 30;
const TEST_TIMEOUT_MS = 9 * 60_000;

const bed = new TestHost('dashboard-test');
let folder: string;
let stack: StackUnderTest;
let agent: Child;
let browser: Browser;
const visits: Visit[] = [];

beforeAll(async () => {
  await bed.up(2);
  folder = await mkdtemp(join(tmpdir(), 'hypervigil-'));
  stack = await StackUnderTest.start(join(folder, 'data'), [HOST]);
  agent = startAgent(HOST, stack.url, stack.keyFileOf(HOST), { sockets: bed.sockets });
  browser = await launchBrowser();
  await waitFor('both VMs', SEEN_WITHIN_MS, async () => {
    if (agent.hasEnded) throw new Error(`the agent has ended: ${agent.output}`);
    return (await stack.count('vm_up == 1')) === 2 ? true : undefined;
  });
});

afterAll(async () => {
  for (const one of visits) await one.close();
  await browser?.close();
  await agent?.stop();
  await stack?.stop();
  await bed.down();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

async function look(viewport: typeof DESKTOP, touch = false): Promise<Visit> {
  const seen = await visit(browser, {
    ...{ url: stack.url, token: await stack.token(), viewport, touch },
  });
  visits.push(seen);
  return seen;
}

it(
  'turns red on the page within seconds of its death, and is silenced from a phone',
  async () => {
    const desk = await look(DESKTOP);
    await desk.open('');
    const cell = (vm: string, state: RegExp) =>
      desk.page.getByRole('link', { name: new RegExp(`^${vm}, ${state.source}`) });
    await cell(CRASHING, /running/).waitFor({ timeout: SEEN_WITHIN_MS });
    await cell(STEADY, /running/).waitFor();

    const killedAt = performance.now();
    await bed.crash(CRASHING);
    const dead = cell(CRASHING, /crashed/);
    await dead.waitFor({ timeout: SEEN_WITHIN_MS });
    const redAfterS = (performance.now() - killedAt) / 1000;
    console.log(`its cell was red ${redAfterS.toFixed(1)} s after the VM was killed`);
    expect(await dead.getAttribute('class')).toContain('overview-critical');
    expect(redAfterS).toBeLessThan(RED_WITHIN_S);
    expect(await cell(STEADY, /running/).count()).toBe(1);

    const phone = await look(PHONE, true);
    await phone.open('alerts');
    const { page } = phone;
    await page.getByText(`VM ${CRASHING} on ${HOST} is down`).first().waitFor();
    await page.getByRole('button', { name: new RegExp(`^Silence: .*${CRASHING}`) }).tap();
    const dialog = page.getByRole('dialog');
    const name = dialog.getByLabel('Your name');
    if ((await name.count()) > 0) await name.fill('Anna');
    await dialog.getByLabel('Why').fill('it is being moved');
    await dialog.getByRole('button', { name: 'Silence', exact: true }).tap();
    await page.getByText(/^The silence holds until /).waitFor();
    await page.getByText(`VM ${CRASHING} on ${HOST} is down`).waitFor({ state: 'detached' });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width);
    for (const { complaints, strangers } of visits)
      expect({ complaints, strangers }).toEqual({ complaints: [], strangers: [] });
  },
  TEST_TIMEOUT_MS,
);
