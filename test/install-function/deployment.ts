import type { KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addEnrolmentToken,
  readEnrolmentToken,
  takeUse,
} from '../../functions/store/enrolment-tokens.ts';
import { addHostKey } from '../../functions/store/host-keys.ts';
import { createInstall } from '../../infra/local/agent-files.ts';
import { startFront } from '../../infra/local/http-front.ts';
import { startTable, type TestTable } from '../functions/table.ts';
import { newSigningKey, writeRelease } from './fake-release.ts';

const DAY_MS = 86_400_000;

/** A deployment's install function behind HTTP, with a table of its own and a small release. */
export interface Deployment {
  readonly url: string;
  readonly table: TestTable['table'];
  readonly folder: string;
  readonly key: KeyObject;
  readonly newToken: (uses?: number) => Promise<string>;
  /** Takes the last use of a token, as an enrolment does. */
  readonly useUp: (token: string) => Promise<{ taken: boolean }>;
  readonly newKey: (host: string) => Promise<string>;
  /** install.sh as it is served now. */
  readonly script: () => Promise<string>;
  readonly close: () => Promise<void>;
}

export async function startDeployment(version: string): Promise<Deployment> {
  const store = await startTable();
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-release-'));
  const key = newSigningKey();
  writeRelease(folder, { version, key });
  let install: ReturnType<typeof createInstall> | undefined;
  const front = await startFront({
    port: 0,
    routes: {
      '/install.sh': (event) => (install ?? fail())(event),
      '/v1/agent/files/': (event) => (install ?? fail())(event),
    },
    nowMs: Date.now,
    onFault: (path, error) => console.error(path, error),
  });
  if (!front.ok) throw new Error(front.error.message);
  const { url, close } = front.value;
  install = createInstall(store.environment, folder, url);
  return {
    url,
    table: store.table,
    folder,
    key,
    newToken: async (uses = 1) => {
      const terms = { uses, expiresAtMs: Date.now() + DAY_MS, mayReEnrol: false };
      return (await addEnrolmentToken(store.table, terms, Date.now())).token;
    },
    useUp: async (secret) => {
      const token = await readEnrolmentToken(store.table, secret);
      if (token === undefined) throw new Error('no such token');
      return { taken: await takeUse(store.table, token, 'a-key', Date.now()) };
    },
    newKey: (host) => addHostKey(store.table, host, Date.now()),
    script: async () => (await fetch(`${url}/install.sh`)).text(),
    close: async () => {
      await close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function fail(): never {
  throw new Error('nothing is served yet');
}
