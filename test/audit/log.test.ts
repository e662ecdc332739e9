import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DAY_MS } from '../../core/time.ts';
import { createHandler } from '../../functions/api/handler.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { type AuditRecord, createAuditLog } from '../../functions/store/audit-log.ts';
import { type AuditFlags, printAudit } from '../../infra/cli/audit-commands.ts';
import { type ApiClient, createClient } from '../../infra/cli/client.ts';
import { addToken, listTokens, revokeTokens } from '../../infra/cli/tokens/tokens.ts';
import { type Front, startFront } from '../../infra/local/http-front.ts';
import { createRecorder } from '../cli/recorder.ts';
import { startTable, type TestTable } from '../functions/table.ts';

const START_MS = Date.UTC(2026, 2, 1);
const COUNT = 240;

let store: TestTable;
let front: Front;
let client: ApiClient;
let nowMs = START_MS;
/** Newest first. */
let all: readonly AuditRecord[];

beforeAll(async () => {
  store = await startTable();
  const log = createAuditLog(store.table, () => nowMs);
  for (let i = 0; i < COUNT; i++) {
    // Some at the same millisecond.
    if (i % 3 > 0) nowMs += 60_000;
    const who = i % 2 === 0 ? 'ann@example.org' : '=bob "the" builder, jr';
    const action = i % 5 === 0 ? 'silence.add' : 'token.revoke';
    const change = { who, action, subject: `s${i}`, before: { i }, after: { text: 'a,b\n"c"' } };
    await log.record(
      change,
      async () => i,
      () => (i % 7 === 0 ? 'was not there' : undefined),
    );
  }
  const token = await addApiToken(store.table, 'root', nowMs, { role: 'admin', owner: 'ann' });
  const environment = { ...store.environment, RULES_DIR: 'test/api/rules' };
  const api = createHandler(environment, () => nowMs);
  const started = await startFront({
    port: 0,
    routes: { '/api/v1/': api },
    nowMs: () => nowMs,
    onFault: (path, error) => console.error(path, error),
  });
  if (!started.ok) throw new Error(started.error.message);
  front = started.value;
  client = createClient(front.url, token);
  const page = await log.list({ fromMs: 0, toMs: nowMs, limit: 1000 }, nowMs);
  expect(page.next).toBeUndefined();
  all = page.records;
  expect(all).toHaveLength(COUNT);
});
afterAll(async () => {
  await front.close();
  await store.close();
});

const FLAGS: AuditFlags = { since: '30d', to: 'now', format: 'jsonl' };

async function printed(flags: Partial<AuditFlags>): Promise<string[]> {
  const terminal = createRecorder();
  const outcome = await printAudit({ ...FLAGS, ...flags }, client, terminal, nowMs);
  if (!outcome.ok) throw new Error(outcome.error.message);
  return terminal.lines;
}

describe('the audit log', () => {
  test('law: pages of any size, one after the other, are the whole, in order and without gaps', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 100 }),
        fc.constantFrom(undefined, 'silence.*', 'none'),
        fc.nat(COUNT * 60_000),
        async (limit, action, agoMs) => {
          const log = createAuditLog(store.table, () => nowMs);
          const range = { fromMs: nowMs - agoMs, toMs: nowMs, limit };
          const isWanted =
            action === undefined
              ? undefined
              : (record: AuditRecord) => record.action.startsWith(action.replace('*', ''));
          const found: AuditRecord[] = [];
          let after: string | undefined;
          do {
            const page = await log.list({ ...range, isWanted, after }, nowMs);
            expect(page.records.length).toBeLessThanOrEqual(limit);
            found.push(...page.records);
            after = page.next;
          } while (after !== undefined);
          const wanted = all.filter(
            (record) => record.atMs >= nowMs - agoMs && (isWanted?.(record) ?? true),
          );
          expect(found).toEqual(wanted);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('is exported whole, as lines of JSON, as JSON and as CSV', async () => {
    const lines = (await printed({})).map((line) => JSON.parse(line));
    expect(lines.map(({ subject }) => subject)).toEqual(all.map(({ subject }) => subject));
    expect(lines[0]).toEqual({
      at: new Date(all[0]?.atMs ?? 0).toISOString(),
      ...{ who: '=bob "the" builder, jr', action: 'token.revoke', subject: 's239' },
      ...{ before: { i: 239 }, after: { text: 'a,b\n"c"' }, outcome: 'done' },
    });
    expect(JSON.parse((await printed({ format: 'json' })).join('\n'))).toEqual(lines);
    expect(JSON.parse((await printed({ format: 'json', who: 'nobody' })).join('\n'))).toEqual([]);
    const csv = await printed({ format: 'csv' });
    expect(csv).toHaveLength(COUNT + 1);
    expect(csv.slice(0, 2)).toEqual([
      'at,who,action,subject,outcome,reason,before,after',
      `${lines[0].at},"'=bob ""the"" builder, jr",token.revoke,s239,done,,"{""i"":239}","{""text"":""a,b\\n\\""c\\""""}"`,
    ]);
  });

  test('is asked for by who, what, to what, how it ended and when', async () => {
    const subjects = async (flags: Partial<AuditFlags>) =>
      (await printed(flags)).map((line) => JSON.parse(line).subject);
    const wanted = (isWanted: (i: number) => boolean) =>
      all.map(({ subject }) => subject).filter((subject) => isWanted(Number(subject.slice(1))));
    expect(await subjects({ who: 'ann*' })).toEqual(wanted((i) => i % 2 === 0));
    expect(await subjects({ action: 'silence.*' })).toEqual(wanted((i) => i % 5 === 0));
    expect(await subjects({ outcome: 'refused' })).toEqual(wanted((i) => i % 7 === 0));
    expect(await subjects({ subject: 's17' })).toEqual(['s17']);
    expect(await subjects({ limit: '3' })).toEqual(wanted(() => true).slice(0, 3));
    expect(await subjects({ since: '10m' })).toEqual(
      all.filter(({ atMs }) => atMs >= nowMs - 600_000).map(({ subject }) => subject),
    );
  });

  test('says what is wrong with a question', async () => {
    for (const [flags, message] of [
      [{ since: 'then' }, '--since then'],
      [{ since: '1h', to: '2h' }, '--since must lie before --to'],
      [{ limit: '0' }, '--limit 0'],
    ] as const)
      expect(await printAudit({ ...FLAGS, ...flags }, client, createRecorder(), nowMs)).toEqual({
        ok: false,
        error: { code: 'usage', message: expect.stringContaining(message) },
      });
    const long = await printAudit(
      { ...FLAGS, who: 'x'.repeat(501) },
      client,
      createRecorder(),
      nowMs,
    );
    expect(long).toMatchObject({ error: { message: expect.stringContaining('500 characters') } });
  });

  test('keeps what happened and was not held up, in one record', async () => {
    const log = createAuditLog(store.table, () => nowMs + DAY_MS);
    await log.note({ who: 'ann', action: 'session.begin', subject: 'ann' });
    const [newest] = (
      await log.list({ fromMs: 0, toMs: nowMs + 2 * DAY_MS, limit: 1 }, nowMs + DAY_MS)
    ).records;
    expect(newest).toMatchObject({ action: 'session.begin', outcome: 'done' });
  });
});

test('tokens are made, listed and ended on the command line', async () => {
  const terminal = createRecorder();
  const flags = { role: 'viewer', expires: '7d', area: ['metrics'] };
  expect(await addToken('Grafana', flags, client, terminal)).toMatchObject({ ok: true });
  expect(terminal.lines).toEqual([expect.stringMatching(/^hvt_[\w-]{32}$/)]);
  const id = /token-[0-9a-f]{12}/.exec(terminal.notes[0] ?? '')?.[0] ?? '';
  await listTokens({}, client, terminal);
  const row = () => terminal.lines.filter((line) => line.startsWith(id)).at(-1);
  expect(row()).toMatch(/ Grafana +ann +viewer +metrics +.* good$/);
  expect(await revokeTokens([id], client, terminal)).toMatchObject({ ok: true });
  nowMs += 1;
  await listTokens({}, client, terminal);
  expect(row()).toMatch(/ ended$/);
  expect(await revokeTokens(['token-0'], client, terminal)).toMatchObject({
    error: { message: expect.stringContaining('no token token-0 of yours') },
  });
});
