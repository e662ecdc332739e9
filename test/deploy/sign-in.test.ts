import {
  CloudFormationClient,
  CreateStackCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import {
  AdminGetUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createHandler } from '../../functions/api/handler.ts';
import { parameterText } from '../../functions/api/sign-in/parameter.ts';
import { createSessionStore } from '../../functions/store/sessions.ts';
import { readConfig } from '../../infra/aws/config.ts';
import { SignIn } from '../../infra/aws/constructs/sign-in.ts';
import { newApp } from '../../infra/aws/hypervigil-app.ts';
import {
  addPerson,
  changeRole,
  listPeople,
  type People,
  removePerson,
} from '../../infra/aws/people.ts';
import { startTable, type TestTable } from '../functions/table.ts';
import { API_URL, locationOf, newBrowser } from '../sign-in/browser.ts';
import { type Cloud, startCloud } from './cloud.ts';

/** The user pool as it is deployed, in the emulator, with its pages; the API over a table in memory. */

const PARAMETER = '/hypervigil/trial/sign-in';
const PASSWORD = 'Correct-Horse-7';
const ADA = 'ada@example.org';

let cloud: Cloud;
let store: TestTable;
let people: People;
let settings: Record<string, string>;

beforeAll(async () => {
  [cloud, store] = await Promise.all([startCloud(), startTable()]);
  for (const [name, value] of Object.entries(cloud.environment))
    if (name.startsWith('AWS_')) vi.stubEnv(name, value);
  const cloudFormation = new CloudFormationClient(cloud.client);
  await cloudFormation.send(
    new CreateStackCommand({ StackName: 'trial', TemplateBody: template() }),
  );
  await waitUntilStackCreateComplete(
    { client: cloudFormation, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
    { StackName: 'trial' },
  );
  settings = v.parse(v.record(v.string(), v.string()), JSON.parse(await parameterText(PARAMETER)));
  const cognito = new CognitoIdentityProviderClient(cloud.client);
  people = { cognito, poolId: settings['issuer']?.split('/').at(-1) ?? '', table: store.table };
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await store.close();
  await cloud.stop();
});

function template(): string {
  const config = readConfig({ name: 'trial', keepData: false });
  if (!config.ok) throw new Error(config.error);
  const app = newApp({ context: { '@aws-cdk/core:validateAgainstDefaultRules': false } });
  const stack = new Stack(app, 'trial');
  new SignIn(stack, 'SignIn', {
    ...{ config: config.value, apiUrl: `${API_URL}/`, parameterName: PARAMETER },
  });
  // Nothing is uploaded: what `cdk bootstrap` makes is not needed, nor looked for.
  const { Parameters: _, Rules: __, ...bare } = Template.fromStack(stack).toJSON();
  return JSON.stringify(bare);
}

/** Of the emulator's own page for signing in: what its form sends. */
function fields(page: string): URLSearchParams {
  const inputs = page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g);
  return new URLSearchParams(
    [...inputs].map(([, name = '', value = '']): [string, string] => [name, value]),
  );
}

/** Where the pool's pages send the browser after address and password were typed. */
async function typeIn(authorize: string, email: string): Promise<string> {
  const page = await fetch(authorize);
  const body = fields(await page.text());
  body.set('username', email);
  body.set('password', PASSWORD);
  const sent = await fetch(new URL('/login', cloud.endpoint), {
    ...{ method: 'POST', body, redirect: 'manual' },
  });
  return sent.headers.get('location') ?? `${sent.status}`;
}

async function subOf(email: string): Promise<string> {
  const { UserAttributes = [] } = await people.cognito.send(
    new AdminGetUserCommand({ UserPoolId: people.poolId, Username: email }),
  );
  return UserAttributes.find(({ Name }) => Name === 'sub')?.Value ?? '';
}

it('tells the API of the pool by a parameter', () => {
  expect(settings).toMatchObject({
    domain: expect.stringMatching(
      /^https:\/\/hypervigil-[0-9a-f]{4}-[0-9a-f]+\.auth\.us-east-1\.amazoncognito\.com$/,
    ),
    keysUrl: `${settings['issuer']}/.well-known/jwks.json`,
    callbackUrl: `${API_URL}/sign-in/callback`,
    signedOutUrl: `${API_URL}/alerts`,
  });
});

it('knows a person that somebody added, until they are taken away', async () => {
  await addPerson(people, ADA, 'viewer');
  await changeRole(people, ADA, 'operator', Date.now());
  await expect(addPerson(people, ADA, 'admin')).rejects.toThrow('is there already');
  await people.cognito.send(
    new AdminSetUserPasswordCommand({
      ...{ UserPoolId: people.poolId, Username: ADA, Password: PASSWORD, Permanent: true },
    }),
  );
  expect(await listPeople(people)).toEqual([
    expect.objectContaining({ email: ADA, role: 'operator', isEnabled: true }),
  ]);

  // The emulator has pages and keys under its own address.
  const here = {
    domain: cloud.endpoint,
    keysUrl: `${cloud.endpoint}/${people.poolId}/.well-known/jwks.json`,
  };
  const environment = { ...store.environment, RULES_DIR: 'test/api/rules' };
  const handler = createHandler(environment, Date.now, async () =>
    JSON.stringify({ ...settings, ...here }),
  );
  const browser = newBrowser(handler);
  const back = await typeIn(locationOf(await browser.ask('/sign-in')), ADA);
  expect(back).toMatch(/^https:\/\/hypervigil\.example\.org\/sign-in\/callback\?code=/);
  // The code is redeemed. The emulator signs with random bytes (it lacks Python's "cryptography"), which is no
  // signature: nobody comes in with it.
  const refused = await browser.ask(back);
  expect([refused.status, refused.text]).toEqual([
    400,
    expect.stringContaining('the ID token: Invalid signature'),
  ]);

  await createSessionStore(store.table).put({
    ...{ hash: 'h', revision: 0, sub: await subOf(ADA), name: ADA, role: 'operator', sealed: '' },
    ...{ beganAtMs: Date.now(), renewedAtMs: Date.now(), endsAtMs: Date.now() + 60_000 },
  });
  expect(await removePerson(people, ADA, Date.now())).toEqual({ sessions: 1, tokens: 0 });
  expect(await createSessionStore(store.table).list(Date.now())).toEqual([]);
  expect(await listPeople(people)).toEqual([]);
  await expect(removePerson(people, ADA, Date.now())).rejects.toThrow('nobody has the address');
});
