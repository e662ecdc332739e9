import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createHandler as createEvaluate } from '../../functions/evaluate/handler.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { createRuleVersionStore } from '../../functions/store/rule-versions.ts';
import {
  DESKTOP,
  documentWidth,
  launchBrowser,
  NARROW,
  settled,
  type Visit,
  visit,
} from './open-page.ts';
import { type Site, startSite } from './site.ts';

const FILE = 'pages.rules.yaml';
const DEPLOYED = readFileSync(`test/browser/rules/${FILE}`, 'utf8');

let browser: Browser;
let site: Site;
let admin: string;
let seen: Visit;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  site = await startSite();
  admin = await addApiToken(site.table, 'ada', Date.now(), { role: 'admin' });
});
afterEach(async () => {
  await seen.close();
  await site.close();
  expect(seen.complaints).toEqual([]);
  expect(seen.strangers).toEqual([]);
});

async function open(path: string, token = admin, viewport = DESKTOP): Promise<Page> {
  seen = await visit(browser, { url: site.url, token, viewport });
  await seen.open(path);
  return seen.page;
}

/** What a tick of the evaluator finds to fire. */
async function firing(): Promise<readonly string[]> {
  const sink = { SNS_ENDPOINT: 'http://127.0.0.1:9' };
  const tick = createEvaluate({
    ...site.environment,
    ...sink,
  });
  const report = await tick();
  return report.firing.map(({ labels }) => `${labels['alertname']} ${labels['host']}`);
}

async function save(page: Page, comment: string): Promise<void> {
  await page.getByRole('button', { name: 'Save…' }).click();
  const dialog = page.getByRole('dialog', { name: `Save ${FILE}` });
  await dialog.getByLabel(/^Why/).fill(comment);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText(`${FILE} is saved`).waitFor();
}

/** CPU of web-1 has been over 90 % for half an hour. */
const EDIT = `rules?edit=${FILE}&group=pages&rule=HostCpuBusy`;

describe('a rule', () => {
  test('is edited, previewed, backtested and saved; the evaluator takes it, and it is rolled back', async () => {
    const page = await open('rules');
    await page.getByRole('link', { name: 'HostCpuBusy' }).click();
    await page.getByRole('heading', { name: 'HostCpuBusy', level: 1 }).waitFor();
    await page.getByRole('link', { name: 'Edit rule' }).click();
    const wait = page.getByLabel('Pending for');
    await wait.waitFor();
    // The value of web-1 climbs over the threshold, which is drawn.
    await page.getByText('host=web-1').filter({ visible: true }).first().waitFor();
    await page.getByRole('button', { name: 'Run backtest' }).click();
    await page.getByText('This is the saved rule.').waitFor();
    await wait.fill('2h');
    await page.getByText('The rule was changed since').waitFor();
    await page.getByRole('button', { name: 'Run backtest' }).click();
    await page.getByText('Would not have fired in the last 24 h.').waitFor();
    await page.getByText(/^The saved rule: once for \d+ min/).waitFor();
    await page.getByLabel('Alert name').fill('HostCpuNew');
    await wait.fill('1m');
    await save(page, 'another name');
    expect((await createRuleVersionStore(site.table).head()).files).toEqual([
      expect.objectContaining({ name: FILE, version: 1, who: 'ada' }),
    ]);
    const text = await createRuleVersionStore(site.table).text(FILE, 1);
    // All else is as it was written.
    expect(text?.split('\n').filter((line) => !DEPLOYED.includes(line))).toEqual([
      expect.stringContaining('HostCpuNew'),
      expect.stringContaining('for: 1m'),
    ]);
    await firing();
    expect(await firing()).not.toContain('HostCpuBusy web-1');
    await page.goto(`${site.url}/rules?file=${FILE}&group=pages&rule=HostCpuNew`);
    await page.getByText('host=web-1').filter({ visible: true }).first().waitFor();

    await page.goto(`${site.url}/rules?versions=${FILE}`);
    await page.getByRole('cell', { name: /another name/ }).waitFor();
    expect(await page.locator('tr.diff-added, td.diff-added').first().textContent()).toBeTruthy();
    await page.getByRole('button', { name: 'Roll back to: Deployed file' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Roll back' }).click();
    await page.getByText('Back to the deployed file').waitFor();
    const names = async () => {
      const kept = await createRuleVersionStore(site.table).head();
      return kept.files.map(({ kind, version }) => `${kind} ${version}`);
    };
    expect(await names()).toEqual(['deployed 2']);
  }, 180_000);

  test('with a mistake is marked where it is, and not saved', async () => {
    const page = await open(`${EDIT}&as=yaml`);
    const code = page.getByRole('textbox', { name: `Text of ${FILE}` });
    await code.click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type('nonsense: [');
    await page
      .getByText(/problems?$/)
      .first()
      .waitFor();
    await page.locator('.cm-lint-marker-error').first().waitFor();
    const button = page.getByRole('button', { name: 'Save…' });
    expect(await button.getAttribute('aria-disabled')).toBe('true');
    await page.getByRole('button', { name: 'Discard changes' }).click();
    await page.getByText(/nothing wrong$/).waitFor();
  });

  test('is not lost when the page is left by mistake', async () => {
    const page = await open(EDIT);
    await page.getByLabel('Pending for').fill('7m');
    await page.getByRole('link', { name: 'Alerts', exact: true }).first().click();
    const question = page.getByRole('alertdialog', { name: 'Leave without saving?' });
    await question.getByRole('button', { name: 'Leave' }).click();
    await page.goto(`${site.url}/${EDIT}`);
    await page.getByText('Your unsaved changes are back.').waitFor();
    expect(await page.getByLabel('Pending for').inputValue()).toBe('7m');
  });

  test('that somebody else saved meanwhile is shown beside mine, and nothing is overwritten unasked', async () => {
    const page = await open(EDIT);
    await page.getByLabel('Pending for').fill('7m');
    const theirs = DEPLOYED.replace('HostCpuBusy', 'HostCpuTheirs');
    const put = await fetch(`${site.url}/api/v1/rules/files/${FILE}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
      body: JSON.stringify({ text: theirs, basedOn: 0 }),
    });
    expect(put.status).toBe(200);
    await page.getByRole('button', { name: 'Save…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Somebody else saved this file' });
    await dialog.getByText('HostCpuTheirs').first().waitFor();
    await dialog.getByRole('button', { name: 'Save mine over it' }).click();
    await page.getByText(`${FILE} is saved`).waitFor();
    const store = createRuleVersionStore(site.table);
    expect([await store.text(FILE, 1), await store.text(FILE, 2)]).toEqual([
      theirs,
      expect.stringContaining('for: 7m'),
    ]);
  });
});

test('a file is made, imported and deleted', async () => {
  const page = await open('rules');
  await page.getByRole('button', { name: 'New file' }).click();
  await page.getByLabel('File name').fill('fresh.rules.yaml');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('heading', { name: 'Edit fresh.rules.yaml' }).waitFor();
  await page.getByRole('button', { name: 'Save…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('fresh.rules.yaml is saved').waitFor();
  await page.goto(`${site.url}/rules`);
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Import' }).click();
  const text =
    'groups:\n  - name: there\n    rules:\n      - alert: There\n        expr: up == 0\n';
  await (await chooser).setFiles({
    name: 'there.yml',
    mimeType: 'text/yaml',
    buffer: Buffer.from(text),
  });
  await page.getByRole('heading', { name: 'Edit there.rules.yaml' }).waitFor();
  expect(await page.getByLabel('Alert name').inputValue()).toBe('There');
  await page.goto(`${site.url}/rules`);
  await page.getByRole('button', { name: 'More for fresh.rules.yaml' }).click();
  await page.getByRole('menuitem', { name: 'Delete file' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete file' }).click();
  await page.getByText('Deleted; an older version can be brought back.').waitFor();
});

describe('who may not save', () => {
  test('sees all, tries changes, and is told why nothing is saved', async () => {
    const viewer = await addApiToken(site.table, 'eve', Date.now(), { role: 'viewer' });
    const page = await open('rules', viewer);
    await page.getByRole('link', { name: 'HostCpuBusy' }).waitFor();
    expect(await page.getByRole('button', { name: 'New file' }).count()).toBe(0);
    await page.goto(`${site.url}/${EDIT}`);
    await page.getByText('saving takes an admin').waitFor();
    await page.getByRole('button', { name: 'Run backtest' }).click();
    await page.getByText('This is the saved rule.').waitFor();
    const button = page.getByRole('button', { name: 'Save…' });
    expect(await button.getAttribute('aria-disabled')).toBe('true');
  });
});

test.each(['rules', `rules?file=${FILE}&group=pages&rule=HostCpuBusy`, EDIT, `${EDIT}&as=yaml`])(
  'nothing stands out at 360 px: %s',
  async (path) => {
    const page = await open(path, admin, NARROW);
    await settled(page);
    expect(await documentWidth(page)).toBeLessThanOrEqual(NARROW.width);
  },
);

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What is wrong, a line each. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const run = `axe.run(document, { runOnly: ${JSON.stringify(WCAG)}, resultTypes: ['violations'] })`;
  const results = await page.evaluate<AxeResults>(run);
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\n${html}\n${failureSummary}`),
  );
}

test.each([['light'], ['dark']] as const)(
  'every view is accessible: %s',
  async (theme) => {
    const found: string[] = [];
    const page = await open(EDIT);
    await page.emulateMedia({ colorScheme: theme });
    await page.getByRole('button', { name: 'Run backtest' }).click();
    await page.getByText('This is the saved rule.').waitFor();
    await page.getByText(/^Alerts \(/).click();
    found.push(...(await violations(page)));
    await page.getByLabel('Pending for').fill('7m');
    await save(page, 'longer');
    await page.goto(`${site.url}/${EDIT}&as=yaml`);
    await page.locator('.cm-line').first().waitFor();
    found.push(...(await violations(page)));
    await page.goto(`${site.url}/rules?versions=${FILE}`);
    await page.locator('.diff-added').first().waitFor();
    found.push(...(await violations(page)));
    await page.goto(`${site.url}/rules?file=${FILE}&group=pages&rule=HostCpuBusy`);
    await page.getByText('host=web-1').filter({ visible: true }).first().waitFor();
    found.push(...(await violations(page)));
    expect(found).toEqual([]);
  },
  180_000,
);
