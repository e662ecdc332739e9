import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { createHandler as createApi } from '../../functions/api/handler.ts';
import type { AuditRecord } from '../../functions/enroll/audit.ts';
import { createHandler as createEnroll } from '../../functions/enroll/handler.ts';
import type { UrlHandler } from '../../functions/http-headers.ts';
import { createHandler as createIngest } from '../../functions/ingest/handler.ts';
import { createHandler as createInstall } from '../../functions/install/handler.ts';
import { createHandler as createRemoteWrite } from '../../functions/remote-write/handler.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { addEnrolmentToken } from '../../functions/store/enrolment-tokens.ts';
import { addHostKey } from '../../functions/store/host-keys.ts';
import { buildDashboard } from '../../infra/dashboard-build/build.ts';
import { startTable, type TestTable } from '../functions/table.ts';
import { newSigningKey, writeRelease } from '../install-function/fake-release.ts';

/** A whole minute of some day; all functions are told that it is now. */
export const NOW_MS = Date.UTC(2026, 2, 1, 12, 0, 0);
const DAY_MS = 86_400_000;
export const RELEASE_FILE = 'hypervigil-agent-1.2.3-linux-x64.gz';

export const FUNCTIONS = ['ingest', 'enroll', 'install', 'remoteWrite', 'api'] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

/** What an attacker can choose. */
export interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly query?: string;
  readonly secret?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly ip?: string;
  readonly domainName?: string;
}

export interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** All functions that answer over HTTP, with one table in memory, and a secret of each kind. */
export interface Victim {
  readonly store: TestTable;
  readonly hostKey: string;
  readonly otherKey: string;
  readonly senderKey: string;
  readonly viewer: string;
  readonly operator: string;
  readonly newEnrolmentToken: (uses?: number, hosts?: string) => Promise<string>;
  readonly audited: readonly AuditRecord[];
  readonly ask: (name: FunctionName, sent: Sent) => Promise<Got>;
  readonly close: () => Promise<void>;
}

export async function startVictim(
  overrides: Readonly<Partial<Record<FunctionName, Readonly<Record<string, string>>>>> = {},
): Promise<Victim> {
  const store = await startTable();
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-release-'));
  writeRelease(folder, { version: '1.2.3', key: newSigningKey() });
  const nowMs = () => NOW_MS;
  const dashboard = await buildDashboard();
  const environmentOf = (name: FunctionName) => ({ ...store.environment, ...overrides[name] });
  const audited: AuditRecord[] = [];
  const functions: Readonly<Record<FunctionName, UrlHandler>> = {
    ingest: createIngest(
      { ...environmentOf('ingest'), ENROL_URL: 'https://enrol.example.com/' },
      nowMs,
    ),
    enroll: createEnroll(environmentOf('enroll'), {
      nowMs,
      audit: (record) => audited.push(record),
    }),
    install: createInstall(
      {
        ...environmentOf('install'),
        RELEASE_DIR: folder,
        SCRIPTS_DIR: 'functions/install/scripts',
        SCHEMA_FILE: 'docs/agent.schema.json',
        FILES_BUCKET: 'assets',
        FILE_KEYS: JSON.stringify({ [RELEASE_FILE]: 'abc.gz' }),
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      },
      { nowMs },
    ),
    remoteWrite: createRemoteWrite(environmentOf('remoteWrite'), nowMs),
    api: createApi(
      { ...environmentOf('api'), RULES_DIR: 'test/api/rules', DASHBOARD_DIR: dashboard },
      nowMs,
    ),
  };
  return {
    store,
    hostKey: await addHostKey(store.table, 'web-1', NOW_MS),
    otherKey: await addHostKey(store.table, 'db-1', NOW_MS),
    senderKey: await addHostKey(store.table, 'prom-1', NOW_MS, 'sender'),
    viewer: await addApiToken(store.table, 'viewer', NOW_MS, { role: 'viewer' }),
    operator: await addApiToken(store.table, 'operator', NOW_MS, { role: 'operator' }),
    newEnrolmentToken: async (uses = 1, hosts) => {
      const terms = { uses, expiresAtMs: NOW_MS + DAY_MS, mayReEnrol: false };
      const bound = hosts === undefined ? terms : { ...terms, hosts };
      return (await addEnrolmentToken(store.table, bound, NOW_MS)).token;
    },
    audited,
    ask: async (name, sent) => read(await functions[name](eventOf(sent))),
    close: async () => {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function eventOf({ method = 'GET', path, query = '', secret, body, ...rest }: Sent) {
  const event: Partial<LambdaFunctionURLEvent> = {
    version: '2.0',
    rawPath: path,
    rawQueryString: query,
    headers: {
      ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
      ...rest.headers,
    },
    ...(body === undefined ? {} : { body: Buffer.from(body).toString('base64') }),
    isBase64Encoded: body !== undefined,
  };
  const requestContext = {
    domainName: rest.domainName ?? 'abc.lambda-url.eu-central-1.on.aws',
    http: { method, path, sourceIp: rest.ip ?? '192.0.2.1' },
  };
  return { ...event, requestContext } as LambdaFunctionURLEvent;
}

function read(result: Awaited<ReturnType<UrlHandler>>): Got {
  if (typeof result === 'string') throw new Error(`a bare body: ${result}`);
  const { statusCode = 0, headers = {}, body = '', isBase64Encoded = false } = result;
  return {
    status: statusCode,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, String(value)]),
    ),
    text: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8').toString(),
  };
}
