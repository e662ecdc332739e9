import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHandler } from '../../functions/install/handler.ts';
import {
  addEnrolmentToken,
  readEnrolmentToken,
  revokeEnrolmentToken,
} from '../../functions/store/enrolment-tokens.ts';
import { addHostKey } from '../../functions/store/host-keys.ts';
import { revokeHostKeys } from '../../functions/store/key-list.ts';
import { startTable, type TestTable } from '../functions/table.ts';
import { newSigningKey, writeRelease } from './fake-release.ts';

const START_MS = Date.UTC(2026, 2, 1);
const HOUR_MS = 3_600_000;
const FILE = 'hypervigil-agent-1.2.3-linux-x64.gz';

let store: TestTable;
let folder: string;
let nowMs: number;
let handler: ReturnType<typeof createHandler>;

beforeEach(async () => {
  store = await startTable();
  folder = mkdtempSync(join(tmpdir(), 'hypervigil-release-'));
  nowMs = START_MS;
  writeRelease(folder, { version: '1.2.3', key: newSigningKey() });
  handler = createHandler(
    {
      ...store.environment,
      RELEASE_DIR: folder,
      SCRIPTS_DIR: 'functions/install/scripts',
      SCHEMA_FILE: 'docs/agent.schema.json',
      FILES_BUCKET: 'assets',
      FILE_KEYS: JSON.stringify({ [FILE]: 'abc.gz' }),
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      AWS_SESSION_TOKEN: 'a/session+token=',
    },
    { nowMs: () => nowMs },
  );
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

async function get(path: string, secret?: string, { method = 'GET', ip = '192.0.2.1' } = {}) {
  const event: Partial<LambdaFunctionURLEvent> = {
    rawPath: path,
    headers: secret === undefined ? {} : { authorization: `Bearer ${secret}` },
  };
  const requestContext = { domainName: 'abc.lambda-url.on.aws', http: { method, sourceIp: ip } };
  const result = await handler({ ...event, requestContext } as LambdaFunctionURLEvent);
  if (typeof result === 'string') throw new Error(result);
  const { statusCode: status = 0, headers = {}, body = '' } = result;
  return { status, headers, body };
}

async function refusal(path: string, secret?: string) {
  const { status, body } = await get(path, secret);
  return [status, JSON.parse(body).error.code];
}

async function newToken({ uses = 1 } = {}): Promise<string> {
  const terms = { uses, expiresAtMs: nowMs + 24 * HOUR_MS, mayReEnrol: false };
  return (await addEnrolmentToken(store.table, terms, nowMs)).token;
}

const FILES = '/v1/agent/files/';

describe('everyone may have', () => {
  test('install.sh, which knows address, version, hashes and key', async () => {
    const { status, headers, body } = await get('/install.sh');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'public, max-age=60',
    });
    for (const part of [
      "URL='https://abc.lambda-url.on.aws'",
      "VERSION='1.2.3'",
      readFileSync(join(folder, 'release.json'), 'utf8'),
      readFileSync(join(folder, 'release-key.pem'), 'utf8'),
      readFileSync(join(folder, 'release.json.sig'), 'utf8').trim(),
    ])
      expect(body).toContain(part);
    expect(body).not.toMatch(/@[A-Z_]+@/);
  });

  test('install.ps1, likewise', async () => {
    const { status, body } = await get('/install.ps1');
    expect(status).toBe(200);
    expect(body).toContain("[string]$Url = 'https://abc.lambda-url.on.aws'");
    expect(body).toContain(readFileSync(join(folder, 'release.json'), 'utf8'));
    expect(body).not.toMatch(/@[A-Z_]+@/);
  });

  test("the schema of the agent's configuration", async () => {
    const { status, headers, body } = await get('/agent.schema.json');
    expect([status, headers['content-type']]).toEqual([200, 'application/schema+json']);
    expect(JSON.parse(body)).toHaveProperty('$schema');
  });
});

describe("the release's files", () => {
  test('are for a token that could still enrol, and take no use of it', async () => {
    const token = await newToken();
    for (let times = 0; times < 3; times++)
      expect(await get(`${FILES}${FILE}`, token)).toMatchObject({ status: 302 });
    expect(await get(`${FILES}release.json`, token)).toMatchObject({
      status: 200,
      body: readFileSync(join(folder, 'release.json'), 'utf8'),
      headers: { 'cache-control': 'no-store' },
    });
    expect((await get(`${FILES}release.json.sig`, token)).body).toBe(
      readFileSync(join(folder, 'release.json.sig'), 'utf8'),
    );
  });

  test('are for a host with a key, until it is revoked', async () => {
    const key = await addHostKey(store.table, 'web-1', nowMs);
    expect(await get(`${FILES}${FILE}`, key)).toMatchObject({ status: 302 });
    await revokeHostKeys(store.table, 'web-1', nowMs);
    expect(await refusal(`${FILES}${FILE}`, key)).toEqual([401, 'unauthorized']);
  });

  test('are for nobody else', async () => {
    const path = `${FILES}${FILE}`;
    expect(await refusal(path)).toEqual([401, 'unauthorized']);
    expect(await refusal(path, 'letmein')).toEqual([401, 'unauthorized']);
    expect(await refusal(path, `hve_${'a'.repeat(32)}`)).toEqual([401, 'unauthorized']);
    expect(await refusal(path, `hv_${'a'.repeat(32)}`)).toEqual([401, 'unauthorized']);
    const sender = await addHostKey(store.table, 'prometheus', nowMs, 'sender');
    expect(await refusal(path, sender)).toEqual([403, 'not_a_host']);

    const revoked = await newToken();
    const known = await readEnrolmentToken(store.table, revoked);
    await revokeEnrolmentToken(store.table, { hash: known?.hash ?? '' });
    expect(await refusal(path, revoked)).toEqual([403, 'token_revoked']);
    const late = await newToken();
    nowMs += 25 * HOUR_MS;
    expect(await refusal(path, late)).toEqual([403, 'token_expired']);
    expect(await refusal(path, await newToken({ uses: 0 }))).toEqual([403, 'token_used_up']);
  });

  // As @aws-sdk/s3-request-presigner 3.1163.0 signs it.
  test('are sent on to S3, with an address that is good for 10 minutes', async () => {
    nowMs = 1_700_000_000_000;
    const { headers } = await get(`${FILES}${FILE}`, await newToken());
    const url = new URL(String(headers['location']));
    expect(url.origin + url.pathname).toBe('https://assets.s3.eu-central-1.amazonaws.com/abc.gz');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      'x-id': 'GetObject',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD',
      'X-Amz-Credential': 'AKIAIOSFODNN7EXAMPLE/20231114/eu-central-1/s3/aws4_request',
      'X-Amz-Date': '20231114T221320Z',
      'X-Amz-Expires': '600',
      'X-Amz-Security-Token': 'a/session+token=',
      'X-Amz-Signature': '868ee6f4f9dac022639f21e820028eb1cc6c4aab6533b8c97cfb975a889794f9',
      'X-Amz-SignedHeaders': 'host',
    });
  });

  test('are those of the release, and no others of the folder', async () => {
    const token = await newToken();
    for (const name of ['release-key.pem', '../package.json', '', 'hypervigil-agent.service'])
      expect(await refusal(`${FILES}${name}`, token)).toEqual([404, 'no_file']);
  });
});

describe('what can not be given is said plainly', () => {
  test('where no agent was built', async () => {
    rmSync(join(folder, 'release.json'));
    for (const path of ['/install.sh', '/install.ps1']) {
      const { status, headers, body } = await get(path);
      expect([status, headers['content-type']]).toEqual([404, 'application/json']);
      expect(JSON.parse(body).error).toEqual({
        code: 'no_release',
        message:
          'no agent was built for this deployment: "npm run agent:build" makes one; on AWS, deploy again after it',
      });
    }
  });

  test('where what was built is not whole', async () => {
    appendFileSync(join(folder, 'release.json'), ' ');
    const { status, body } = await get('/install.sh');
    expect(status).toBe(404);
    expect(body).toContain("can't be used (release.json: is not written as ours are)");
  });

  test('another method, another path', async () => {
    expect(await get('/install.sh', undefined, { method: 'POST' })).toMatchObject({ status: 405 });
    expect(await get('/install', undefined)).toMatchObject({ status: 404 });
  });

  test('when one address asks too often', async () => {
    let last = await get('/install.sh');
    for (let asked = 1; asked <= 200; asked++) last = await get('/install.sh');
    expect(last).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
    expect(await get('/install.sh', undefined, { ip: '192.0.2.2' })).toMatchObject({ status: 200 });
  });
});

test('a script with what could end its quotes is never made', async () => {
  handler = createHandler({
    ...store.environment,
    RELEASE_DIR: folder,
    SCRIPTS_DIR: 'functions/install/scripts',
    DEPLOYMENT_URL: "https://example.org/'$(id)'",
  });
  await expect(get('/install.sh')).rejects.toThrow("can't stand in a script");
});
