import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDeployedNote, deployedHere } from '../../functions/evaluate/deployed.ts';
import { createHandler } from '../../functions/evaluate/handler.ts';
import { loadRules } from '../../functions/evaluate/rules.ts';
import { createAuditLog } from '../../functions/store/audit-log.ts';
import { putDeployed, readDeployed } from '../../functions/store/deployed.ts';
import { settingsSummary } from '../../infra/aws/config/settings-summary.ts';
import { startTable, type TestTable } from '../functions/table.ts';

let store: TestTable;
let folder: string;
beforeEach(async () => {
  store = await startTable();
  folder = mkdtempSync(join(tmpdir(), 'hypervigil-rules-'));
  cpSync('test/api/rules', folder, { recursive: true });
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await store.close();
});

async function records() {
  const log = createAuditLog(store.table, Date.now);
  return (await log.list({ fromMs: 0, toMs: Date.now() + 1000, limit: 100 }, Date.now())).records;
}

/** An evaluator that starts: what a deployment ends with. */
const started = (settings: object = {}) =>
  createHandler({
    ...store.environment,
    RULES_DIR: folder,
    DEPLOYED_SETTINGS: settingsSummary({ ...settings }),
  });

const RULES = `groups:
  - name: disks
    rules:
      - { alert: DiskFull, expr: 'host_disk_usage_percent > 90', for: 5m }
      - { alert: DiskSlow, expr: 'host_disk_busy_percent > 90', for: 5m }
`;

test('what is deployed otherwise than before is on record once, with what it was', async () => {
  writeFileSync(join(folder, 'disks.rules.yaml'), RULES);
  const emails = ['ann@example.org'];
  const first = started({ shardCount: 1, emails });
  await first();
  await first();
  // Another one that starts, as Lambda likes to, and the same deployed again.
  await started({ shardCount: 1, emails })();
  expect(await records()).toEqual([
    expect.objectContaining({ who: 'deployment', action: 'deployment.begin', outcome: 'done' }),
  ]);

  writeFileSync(
    join(folder, 'disks.rules.yaml'),
    RULES.replace('usage_percent > 90', 'usage_percent > 80'),
  );
  await started({ shardCount: 2, emails: ['bob@example.org'] })();
  const [change, ...rest] = await records();
  expect(rest).toHaveLength(1);
  const digest = expect.stringMatching(/^#?[0-9a-f]{12}$/);
  const parts = (shardCount: string) => ({
    rules: { 'disks.rules.yaml, disks: DiskFull (1)': digest },
    files: { 'disks.rules.yaml': digest },
    settings: { shardCount, emails: digest },
  });
  expect(change).toMatchObject({
    action: 'deployment.change',
    before: parts('1'),
    after: parts('2'),
  });
  expect(JSON.stringify(change)).not.toContain('example.org');
  expect(Object.keys(change?.after ?? {})).toEqual(['rules', 'files', 'settings']);
});

test('a tick goes on when the record cannot be written, and the next one writes it', async () => {
  const here = deployedHere('1.2.3', folder, loadRules(folder).groups, {});
  let isDown = true;
  const log = createAuditLog(store.table, Date.now);
  const note = createDeployedNote({
    here,
    read: () => readDeployed(store.table),
    put: (deployed, revision) => putDeployed(store.table, deployed, revision),
    audit: {
      record: (change, act) => {
        if (isDown) throw new Error('no table');
        return log.record(change, act);
      },
    },
  });
  expect(await note()).toMatch(/not on record yet: Error: no table/);
  expect((await readDeployed(store.table)).deployed).toBeUndefined();
  isDown = false;
  expect(await note()).toBeUndefined();
  expect((await readDeployed(store.table)).deployed).toEqual(here);
  expect(await records()).toHaveLength(1);
});

test('a record lists a hundred names of a kind, and counts the rest', async () => {
  const rules = Array.from(
    { length: 150 },
    (_, i) => `      - { alert: A${i}, expr: 'up == ${i}' }`,
  );
  const read = () => loadRules(folder).groups;
  const note = (settings: Record<string, string>) =>
    createDeployedNote({
      here: deployedHere('1.2.3', folder, read(), settings),
      read: () => readDeployed(store.table),
      put: (deployed, revision) => putDeployed(store.table, deployed, revision),
      audit: createAuditLog(store.table, Date.now),
    })();
  await note({});
  writeFileSync(
    join(folder, 'many.rules.yaml'),
    ['groups:', '  - name: many', '    rules:', ...rules].join('\n'),
  );
  expect(readFileSync(join(folder, 'many.rules.yaml'), 'utf8')).toContain('A149');
  await note({});
  const after = (await records()).find(({ action }) => action === 'deployment.change')?.after;
  expect(after).toMatchObject({ rules: { more: 50 } });
});

test('while it keeps failing, it is tried less and less: each try may leave a record', async () => {
  const here = deployedHere('1.2.3', folder, loadRules(folder).groups, {});
  let tries = 0;
  const note = createDeployedNote({
    here,
    read: () => readDeployed(store.table),
    put: () => Promise.reject(new Error('too large')),
    audit: {
      record: (_, act) => {
        tries++;
        return act();
      },
    },
  });
  for (let tick = 0; tick < 24 * 60; tick++) await note();
  expect(tries).toBeLessThan(35);
});

test('a file beside the rules that may not be read stops no evaluator', () => {
  writeFileSync(join(folder, '.rules.swp'), 'x', { mode: 0 });
  const { files } = deployedHere('1.2.3', folder, loadRules(folder).groups, {});
  expect(Object.keys(files)).toContain('.rules.swp');
});
