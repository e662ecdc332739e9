import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type {
  RuleConflict,
  RuleFileList,
  RuleFileText,
  RuleVersionInfo,
} from '../../core/answers/rules.ts';
import { parseRuleFile } from '../../core/rules/rule-file.ts';
import { EDITED_FILES_MAX, RULE_VERSIONS_MAX } from '../../functions/api/rules-edit/save.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { apiEvent, NOW_MS, readReply, startApi, type TestApi } from './fixture.ts';

const FILE = '/api/v1/rules/files/web.rules.yaml';
const DEPLOYED = '/api/v1/rules/files/test.rules.yaml';

function rules(alert: string, expr = 'host_load1 > 5'): string {
  return `# kept\ngroups:\n  - name: web\n    rules:\n      - alert: ${alert}\n        expr: '${expr}'\n`;
}

let api: TestApi;
let admin: string;
beforeEach(async () => {
  api = await startApi();
  admin = await addApiToken(api.store.table, 'ann', NOW_MS, { role: 'admin' });
});
afterEach(() => api.close());

async function ask(method: string, path: string, body?: object, token = admin) {
  const event = apiEvent({
    method,
    rawPath: path,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const reply = await readReply(await api.handler(event));
  return { ...reply, data: reply.json.data };
}

async function list(): Promise<RuleFileList['files']> {
  return ((await ask('GET', '/api/v1/rules/files')).data as RuleFileList).files;
}

async function evaluatedAlerts(): Promise<string[]> {
  const { data } = await ask('GET', '/api/v1/rules');
  const { groups } = data as { groups: { rules: { name: string }[] }[] };
  return groups.flatMap((group) => group.rules.map(({ name }) => name));
}

describe('a rule file that is edited', () => {
  test('takes the place of the deployed one, and gives it back', async () => {
    expect((await list())[0]).toMatchObject({
      name: 'test.rules.yaml',
      source: 'deployed',
      version: 0,
    });
    const { deployedText } = (await ask('GET', DEPLOYED)).data as RuleFileText;
    const saved = await ask('PUT', DEPLOYED, { text: rules('Mine'), basedOn: 0, comment: 'try' });
    expect([saved.status, saved.data]).toEqual([
      200,
      expect.objectContaining({
        source: 'edited',
        version: 1,
        text: rules('Mine'),
        deployedText,
        who: 'ann',
      }),
    ]);
    expect(await evaluatedAlerts()).toEqual(['Mine']);
    const back = await ask('POST', `${DEPLOYED}/rollback`, { to: 'deployed', basedOn: 1 });
    expect(back.data).toMatchObject({ source: 'deployed', version: 2, text: deployedText });
    expect(await evaluatedAlerts()).not.toContain('Mine');
  });

  test('can be a new one, deleted, and brought back', async () => {
    await ask('PUT', FILE, { text: rules('Hot'), basedOn: 0 });
    expect((await list()).map(({ name, source }) => [name, source])).toContainEqual([
      'web.rules.yaml',
      'new',
    ]);
    expect((await ask('DELETE', FILE, { basedOn: 1 })).data).toMatchObject({
      source: 'gone',
      version: 2,
    });
    expect(await evaluatedAlerts()).not.toContain('Hot');
    expect((await ask('GET', FILE)).data).toMatchObject({ source: 'gone', text: rules('Hot') });
    await ask('POST', `${FILE}/rollback`, { to: 1, basedOn: 2, comment: 'needed after all' });
    expect(await evaluatedAlerts()).toContain('Hot');
    const versions = (await ask('GET', `${FILE}/versions`)).data as RuleVersionInfo[];
    expect(versions.map((one) => [one.version, one.kind, one.comment, one.isCurrent])).toEqual([
      [3, 'text', 'needed after all', true],
      [2, 'gone', '', false],
      [1, 'text', '', false],
    ]);
    expect(versions[0]).toMatchObject({ rolledBackTo: 1, tookEffect: true, who: 'ann', rules: 1 });
  });

  test('that is deployed is not deleted', async () => {
    await ask('PUT', DEPLOYED, { text: rules('Mine'), basedOn: 0 });
    const refused = await ask('DELETE', DEPLOYED, { basedOn: 1 });
    expect([refused.status, refused.json.error]).toEqual([
      400,
      expect.stringMatching(/roll it back/),
    ]);
  });

  test('says when another text was deployed since', async () => {
    await ask('PUT', DEPLOYED, { text: rules('Mine'), basedOn: 0 });
    expect((await list())[0]).toMatchObject({ source: 'edited', deployedChanged: false });
    const { createRuleVersionStore } = await import('../../functions/store/rule-versions.ts');
    const store = createRuleVersionStore(api.store.table);
    const head = await store.head();
    const files = head.files.map((file) => ({ ...file, deployedDigest: 'another' }));
    expect(await store.putHead({ files, revision: head.revision })).toBe(true);
    expect((await list())[0]).toMatchObject({ source: 'edited', deployedChanged: true });
  });
});

describe('a save', () => {
  test('based on what is not current is refused with both texts, and changes nothing', async () => {
    await ask('PUT', FILE, { text: rules('First'), basedOn: 0 });
    await ask('PUT', FILE, { text: rules('Second'), basedOn: 1 });
    const refused = await ask('PUT', FILE, { text: rules('Other'), basedOn: 1 });
    expect([refused.status, refused.json.error]).toEqual([
      409,
      expect.stringMatching(/version 2, saved by ann/),
    ]);
    const { current, base } = refused.data as RuleConflict;
    expect([current.text, current.version, base]).toEqual([rules('Second'), 2, rules('First')]);
    expect(await evaluatedAlerts()).toContain('Second');
  });

  test('of ten at once one is done, and nine are told of it', async () => {
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, i) => ask('PUT', FILE, { text: rules(`A${i}`), basedOn: 0 })),
    );
    expect(all.map(({ status }) => status).sort()).toEqual([
      200,
      ...Array.from({ length: 9 }, () => 409),
    ]);
    const versions = (await ask('GET', `${FILE}/versions`)).data as RuleVersionInfo[];
    expect(versions.filter(({ tookEffect }) => tookEffect)).toHaveLength(1);
  });

  test('of different files at once all are done', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const all = await Promise.all(
      names.map((name) =>
        ask('PUT', `/api/v1/rules/files/${name}.rules.yaml`, { text: rules(name), basedOn: 0 }),
      ),
    );
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await evaluatedAlerts()).toEqual(expect.arrayContaining(names));
  });

  test.each([
    ['no YAML', 'groups: [', /not valid YAML/, 1],
    ['an unknown field', rules('Hot').replace('expr:', 'exp:'), /unknown field "exp"/, 5],
    [
      'a bad expression',
      rules('Hot', 'rate(x)'),
      /could not parse expression: 1:6: parse error/,
      6,
    ],
    ['a selector of everything', rules('Hot', '{host="a"} > 1'), /does not name its metric/, 6],
    ['a look back of a month', rules('Hot', 'avg_over_time(x[30d]) > 1'), /further than a day/, 6],
  ])('of %s is refused, with its place', async (_, text, message, line) => {
    const refused = await ask('PUT', FILE, { text, basedOn: 0 });
    expect([refused.status, refused.json.error]).toEqual([400, expect.stringMatching(message)]);
    const { errors } = refused.data as { errors: { line: number; column: number }[] };
    expect(errors[0]).toMatchObject({ line, column: expect.any(Number) });
    const checked = await ask('POST', '/api/v1/rules/check', { name: 'web.rules.yaml', text });
    expect([checked.status, checked.data]).toEqual([200, expect.objectContaining({ errors })]);
    expect((await list()).map(({ name }) => name)).toEqual(['test.rules.yaml']);
  });

  test('is refused for a name that is none of a rule file, and for one that is too large', async () => {
    const bad = await ask('PUT', '/api/v1/rules/files/web.yaml', {
      text: rules('Hot'),
      basedOn: 0,
    });
    expect([bad.status, bad.json.error]).toEqual([400, expect.stringMatching(/web\.rules\.yaml/)]);
    const large = await ask('PUT', FILE, { text: `# ${'x'.repeat(300_000)}`, basedOn: 0 });
    expect(large.status).toBe(413);
  });

  test('takes an admin', async () => {
    const operator = await addApiToken(api.store.table, 'bob', NOW_MS, { role: 'operator' });
    const refused = await ask('PUT', FILE, { text: rules('Hot'), basedOn: 0 }, operator);
    expect([refused.status, refused.json.error]).toEqual([
      403,
      expect.stringMatching(/takes admin/),
    ]);
    expect((await ask('GET', '/api/v1/rules/files', undefined, operator)).status).toBe(200);
  });

  test('keeps so many versions, and no more', async () => {
    for (let i = 0; i < RULE_VERSIONS_MAX + 3; i++)
      expect((await ask('PUT', FILE, { text: rules(`A${i}`), basedOn: i })).status).toBe(200);
    const versions = (await ask('GET', `${FILE}/versions`)).data as RuleVersionInfo[];
    expect([versions.length, versions.at(-1)?.version]).toEqual([RULE_VERSIONS_MAX, 4]);
    expect((await ask('GET', `${FILE}/versions/4`)).data).toEqual({ text: rules('A3') });
    expect((await ask('GET', `${FILE}/versions/3`)).status).toBe(404);
  }, 30_000);

  test('of one file too many is refused; what was deleted makes room', async () => {
    const path = (i: number) => `/api/v1/rules/files/f${i}.rules.yaml`;
    for (let i = 0; i < EDITED_FILES_MAX; i++)
      await ask('PUT', path(i), { text: rules('A'), basedOn: 0 });
    const refused = await ask('PUT', path(99), { text: rules('A'), basedOn: 0 });
    expect([refused.status, refused.json.error]).toEqual([
      400,
      expect.stringMatching(/the limit is 50/),
    ]);
    await ask('DELETE', path(7), { basedOn: 1 });
    expect((await ask('PUT', path(99), { text: rules('A'), basedOn: 0 })).status).toBe(200);
    expect((await list()).map(({ name }) => name)).not.toContain('f7.rules.yaml');
  }, 30_000);
});

test('each default rule file can be saved as it is, and the record says which rules are others', async () => {
  for (const name of readdirSync('rules').filter((one) => one.endsWith('.rules.yaml'))) {
    const text = readFileSync(`rules/${name}`, 'utf8');
    const saved = await ask('PUT', `/api/v1/rules/files/${name}`, { text, basedOn: 0 });
    expect([name, saved.status, saved.json.error]).toEqual([name, 200, undefined]);
  }
  const text = readFileSync('rules/host.rules.yaml', 'utf8').replace('> 90', '> 80');
  await ask('PUT', '/api/v1/rules/files/host.rules.yaml', { text, basedOn: 1 });
  const { data } = await ask('GET', '/api/v1/audit');
  expect(data).toContainEqual(
    expect.objectContaining({
      ...{ action: 'rules.change', subject: 'host.rules.yaml', before: { version: 1 } },
      after: { version: 2, comment: '', changed: ['host/HostCpuHigh'] },
    }),
  );
}, 60_000);

test('the export is one rule file with all groups, comments and all', async () => {
  await ask('PUT', FILE, { text: rules('Hot'), basedOn: 0 });
  await ask('PUT', '/api/v1/rules/files/x.rules.yaml', { text: rules('Cold'), basedOn: 0 });
  const { status, headers, text } = await ask('GET', '/api/v1/rules/export');
  expect([status, headers['content-disposition']]).toEqual([
    200,
    expect.stringMatching(/attachment/),
  ]);
  expect(text).toContain('# kept');
  const parsed = parseRuleFile(text, 'all.rules.yaml');
  const groups = parsed.ok ? parsed.value : [];
  expect(groups.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['web', 'web (x.rules.yaml)']),
  );
  expect(groups.flatMap((group) => group.rules.map(({ name }) => name))).toEqual(
    expect.arrayContaining(['Hot', 'Cold']),
  );
});

test('the export says what aliases stand for, however many there are', async () => {
  const rule = (i: number) => `      - {alert: A${i}, expr: up == 0, labels: *l}`;
  const first = '      - {alert: A0, expr: up == 0, labels: &l {severity: warning}}';
  const lines = Array.from({ length: 150 }, (_, i) => rule(i + 1));
  const text = ['groups:', '  - name: many', '    rules:', first, ...lines, ''].join('\n');
  await ask('PUT', '/api/v1/rules/files/many.rules.yaml', { text, basedOn: 0 });
  const exported = await ask('GET', '/api/v1/rules/export');
  expect(exported.status).toBe(200);
  const parsed = parseRuleFile(exported.text, 'all.rules.yaml');
  const many = (parsed.ok ? parsed.value : []).find(({ name }) => name === 'many');
  expect(many?.rules.map(({ labels }) => labels.length)).toEqual(new Array(151).fill(1));
});
