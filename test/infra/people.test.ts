import { createServer } from 'node:http';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Role } from '../../core/role.ts';
import { DAY_MS } from '../../core/time.ts';
import { addApiToken, hasTokenEnded, listApiTokens } from '../../functions/store/api-tokens.ts';
import { createSessionStore } from '../../functions/store/sessions.ts';
import { changeRole, type People, removePerson } from '../../infra/aws/people.ts';
import { startTable, type TestTable } from '../functions/table.ts';

const SUB = '11111111-2222-3333-4444-555555555555';
/** As Cognito's console took it. */
const WRITTEN = 'Ada@Example.org';
const EMAIL = 'ada@example.org';

let store: TestTable;
let people: People;
/** What was asked of Cognito, in order. */
let asked: string[] = [];
/** Done while Cognito is asked that. */
let meanwhile: Readonly<Record<string, () => Promise<unknown>>> = {};

const server = createServer((request, response) => {
  const [, action = ''] = String(request.headers['x-amz-target']).split('.');
  asked.push(action);
  const answers: Readonly<Record<string, object>> = {
    AdminGetUser: {
      Username: SUB,
      UserAttributes: [
        { Name: 'sub', Value: SUB },
        { Name: 'email', Value: WRITTEN },
      ],
    },
    AdminListGroupsForUser: { Groups: [{ GroupName: 'admin' }, { GroupName: 'viewer' }] },
  };
  void (async () => {
    await meanwhile[action]?.();
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(answers[action] ?? {}));
  })();
});

beforeAll(async () => {
  store = await startTable();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const cognito = new CognitoIdentityProviderClient({
    region: 'eu-central-1',
    endpoint: `http://127.0.0.1:${address.port}`,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  people = { cognito, poolId: 'eu-central-1_x', table: store.table };
});
beforeEach(() => {
  asked = [];
  meanwhile = {};
});
afterAll(async () => {
  people.cognito.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await store.close();
});

async function token(owner: string, role: Role): Promise<void> {
  const terms = { role, owner, endsAtMs: Date.now() + DAY_MS };
  await addApiToken(store.table, `of ${owner}`, Date.now(), terms);
}

async function session(hash: string): Promise<void> {
  const nowMs = Date.now();
  const times = { beganAtMs: nowMs, renewedAtMs: nowMs, endsAtMs: nowMs + DAY_MS };
  await createSessionStore(store.table).put({
    ...{ hash, revision: 0, sub: SUB, name: EMAIL, role: 'admin', sealed: 'x' },
    ...times,
  });
}

async function goodTokens(): Promise<string[]> {
  const tokens = await listApiTokens(store.table);
  return tokens
    .filter((one) => !hasTokenEnded(one, Date.now()))
    .map(({ owner, role }) => `${owner} ${role}`);
}

it('takes all away from who goes, however their tokens call them', async () => {
  for (const owner of [EMAIL, WRITTEN, SUB, 'bob@example.org']) await token(owner, 'viewer');
  await session('a');
  expect(await removePerson(people, EMAIL, Date.now())).toEqual({ sessions: 1, tokens: 3 });
  expect(await goodTokens()).toEqual(['bob@example.org viewer']);
});

it('and what they make while they go', async () => {
  meanwhile = {
    AdminDisableUser: () => token(EMAIL, 'admin'),
    AdminDeleteUser: async () => {
      await session('b');
      await token(EMAIL, 'admin');
    },
  };
  await removePerson(people, EMAIL, Date.now());
  expect(await goodTokens()).toEqual(['bob@example.org viewer']);
  expect(await createSessionStore(store.table).list(Date.now())).toEqual([]);
  expect(asked.indexOf('AdminDisableUser')).toBeLessThan(asked.indexOf('AdminDeleteUser'));
});

it('leaves who gets another role the tokens that this one allows', async () => {
  await token(WRITTEN, 'admin');
  await token(EMAIL, 'viewer');
  expect(await changeRole(people, EMAIL, 'viewer', Date.now())).toEqual({ sessions: 0, tokens: 1 });
  expect((await goodTokens()).sort()).toEqual(['ada@example.org viewer', 'bob@example.org viewer']);
});
