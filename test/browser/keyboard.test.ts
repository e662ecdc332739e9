import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWorld, type World } from '../world/world.ts';
import { launchBrowser, settled, type Visit, visit } from './open-page.ts';

/** The main ways through the dashboard, without a mouse. */

let browser: Browser;
let world: World;

beforeAll(async () => {
  [browser, world] = await Promise.all([
    launchBrowser(),
    startWorld({ hosts: 4, vmsPerHost: 5, hours: 1, days: 0, judgedMinutes: 20 }),
  ]);
});
afterAll(async () => {
  await browser.close();
  await world.close();
});

async function open(path: string): Promise<Visit> {
  const seen = await visit(browser, { url: world.url, token: world.tokens.operator });
  await seen.open(path);
  await settled(seen.page);
  return seen;
}

const FOCUSED = `(() => {
  const { activeElement: element } = document;
  // Of a field that is drawn as one with its label, what holds both shows it.
  const ring = [element, element.parentElement].find(
    (one) => one !== null && getComputedStyle(one).outlineStyle !== 'none',
  );
  const style = getComputedStyle(ring ?? element);
  const name = element.getAttribute('aria-label') ?? element.textContent.trim();
  return { tag: element.tagName, name, outline: style.outlineStyle, shadow: style.boxShadow };
})()`;

interface Focused {
  readonly tag: string;
  readonly name: string;
  readonly outline: string;
  readonly shadow: string;
}

function focused(page: Page): Promise<Focused> {
  return page.evaluate<Focused>(FOCUSED);
}

/** Presses Tab until something of that name has the focus, which must be seen at each step. */
async function tabTo(page: Page, name: RegExp, most = 80): Promise<void> {
  const passed: string[] = [];
  for (let i = 0; i < most; i++) {
    await page.keyboard.press('Tab');
    const here = await focused(page);
    expect(here.outline !== 'none' || here.shadow !== 'none', JSON.stringify(here)).toBe(true);
    if (name.test(here.name)) return;
    passed.push(here.name);
  }
  throw new Error(`Tab does not lead to ${name}: ${passed.join(' | ')}`);
}

test('the first Tab skips to the content, where a VM is found with the arrow keys and opened', async () => {
  const seen = await open('');
  const { page } = seen;
  await tabTo(page, /^Skip to the content$/, 1);
  await page.keyboard.press('Enter');
  expect((await focused(page)).tag).toBe('MAIN');
  await tabTo(page, /, running/);
  const first = (await focused(page)).name;
  await page.keyboard.press('ArrowRight');
  const second = (await focused(page)).name;
  expect(second).not.toBe(first);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/vm\?uuid=/);
  const [vm = ''] = second.split(',');
  await page.getByRole('heading', { level: 1, name: vm }).waitFor();
  await seen.close();
  expect(seen.complaints).toEqual([]);
});

test('an alert is silenced, and the focus is back where it was when the question is closed', async () => {
  const seen = await open('alerts');
  const { page } = seen;
  await tabTo(page, /^Silence: .*VmDown/, 120);
  const asked = (await focused(page)).name;
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  expect((await focused(page)).name).toBe(asked);
  await page.keyboard.press('Enter');
  await dialog.waitFor();
  const name = dialog.getByLabel('Your name');
  if ((await name.count()) > 0) await name.fill('Wei');
  await tabTo(page, /^Silence$/);
  await page.keyboard.press('Enter');
  await page.getByText(/^The silence holds until /).waitFor();
  await seen.close();
  expect(seen.complaints).toEqual([]);
});

test('pages are reached from the menu, tabs with the arrow keys, a choice with the letters', async () => {
  const seen = await open('account');
  const { page } = seen;
  await tabTo(page, /^API tokens$/);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'API tokens' }).waitFor();
  expect((await focused(page)).tag).toBe('MAIN');
  await tabTo(page, /^API tokens$/);
  await page.keyboard.press('ArrowRight');
  await page.getByText('People who sign in').waitFor();
  await seen.open('account');
  await tabTo(page, /English/);
  await page.keyboard.press('Enter');
  await page.getByRole('option', { name: '简体中文' }).waitFor();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: '账户' }).waitFor();
  await seen.close();
  expect(seen.complaints).toEqual([]);
});
