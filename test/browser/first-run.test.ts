import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { welcomeLink } from '../../core/answers/welcome-link.ts';
import { Child } from '../testbed/child.ts';
import { waitFor } from '../testbed/testbed.ts';
import { DESKTOP, launchBrowser, PHONE, type Visit, visit } from './open-page.ts';

/** `npm start` on a machine that never ran it: what it prints leads to a page with this very machine on it. */

const MAIN = join(import.meta.dirname, '..', '..', 'infra', 'local', 'main.ts');
const HOST = 'my-laptop';
const START_WITHIN_MS = 60_000;
/** A sample, and the rest of its minute. */
const MEASURED_WITHIN_MS = 100_000;
const TEST_WITHIN_MS = 5 * 60_000;

let browser: Browser;
let folder: string;
let stack: Child;
let seen: Visit | undefined;

beforeAll(async () => {
  browser = await launchBrowser();
  folder = await mkdtemp(join(tmpdir(), 'hypervigil-'));
  const flags = ['--port', '0', '--plain', '--data', join(folder, 'data')];
  stack = new Child(MAIN, flags, { HYPERVIGIL_HOST: HOST });
});
afterAll(async () => {
  await seen?.close();
  await stack.stop();
  await browser.close();
  await rm(folder, { recursive: true, force: true });
});

test(
  'this machine is on the page with its numbers once its first batch is there',
  async () => {
    const url = await waitFor('the stack listens', START_WITHIN_MS, async () => {
      if (stack.hasEnded) throw new Error(`it has ended: ${stack.output}`);
      return /listening on (http:\S+),/.exec(stack.output)?.[1];
    });
    const token = (await readFile(join(folder, 'data', 'keys', 'api.token'), 'utf8')).trim();
    seen = await visit(browser, { url, viewport: DESKTOP });
    const { page } = seen;
    page.setDefaultTimeout(MEASURED_WITHIN_MS);
    await seen.open('');
    await page.getByLabel('Token', { exact: true }).waitFor();
    // As a terminal shows it: this tab is signed in, and the address tells nobody the token.
    const another = await seen.context.newPage();
    await another.goto(welcomeLink(url, token));
    await another.getByText('npm start').first().waitFor();
    expect(another.url()).toBe(`${url}/`);
    await another.close();
    await page.getByLabel('Token', { exact: true }).fill(token);
    await page.keyboard.press('Enter');
    await page.getByText(HOST).first().waitFor();
    await seen.open(`host?name=${HOST}`);
    await page.getByRole('heading', { level: 1, name: HOST }).waitFor();
    // Facts that its agent found out, and a number of right now.
    await page.getByText(/Linux/).first().waitFor();
    await page.getByText(/\d %/).first().waitFor();
    await seen.open('graph?g0.expr=host_memory_total_bytes&g0.tab=1');
    await page.getByText(new RegExp(HOST)).first().waitFor();
    await page.setViewportSize(PHONE);
    await seen.open('alerts');
    await page.getByRole('heading', { level: 1, name: 'Alerts' }).waitFor();
    expect(seen.complaints).toEqual([]);
    expect(seen.strangers).toEqual([]);
  },
  TEST_WITHIN_MS,
);
