import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHandler as createApi } from '../../functions/api/handler.ts';
import { createHandler as createCompact } from '../../functions/compact/handler.ts';
import { createHandler as createRemoteWrite } from '../../functions/remote-write/handler.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { addHostKey } from '../../functions/store/host-keys.ts';
import { type ApiClient, createClient } from '../../infra/cli/client.ts';
import { exportSamples } from '../../infra/cli/export/export.ts';
import { type ImportFlags, importSamples } from '../../infra/cli/import/import.ts';
import { startFront, type UrlFunction } from '../../infra/local/http-front.ts';
import { createRecorder } from '../cli/recorder.ts';
import { startTable, type TestTable } from '../functions/table.ts';

/** What a command said, and how it ended. */
export interface CommandEnd {
  /** `true`: all is well. */
  readonly isWhole: boolean;
  readonly printed: string;
  readonly notes: readonly string[];
  /** How long it waited before each further try, ms. */
  readonly waits: readonly number[];
}

/** A Hypervigil behind HTTP, with a clock that stands still, and the commands that move samples. */
export interface Deployment {
  readonly store: TestTable;
  readonly url: string;
  readonly client: ApiClient;
  readonly compact: () => Promise<unknown>;
  readonly import: (files: readonly string[], flags?: ImportFlags) => Promise<CommandEnd>;
  readonly export: (
    output: string,
    flags?: {
      readonly from?: string;
      readonly to?: string;
      readonly match?: string[];
      readonly resolution?: string;
    },
  ) => Promise<CommandEnd>;
  /** The `data` of an answer of the query API. */
  readonly query: (query: string, atMs: number) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

/** Answers in the place of a function, or lets it answer. */
export type Fault = (
  path: string,
) => { statusCode: number; headers: Record<string, string> } | undefined;

export interface DeploymentOptions {
  readonly fault?: Fault;
  /** Of the functions, by their names in the environment. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** `folder` is for its keys. */
export async function startDeployment(
  nowMs: number,
  folder: string,
  { fault = () => undefined, settings = {} }: DeploymentOptions = {},
): Promise<Deployment> {
  const store = await startTable();
  const environment = { ...store.environment, RULES_DIR: 'test/api/rules', ...settings };
  const clock = () => nowMs;
  const faulty =
    (path: string, handler: UrlFunction): UrlFunction =>
    async (event) =>
      fault(path) ?? handler(event);
  const front = await startFront({
    port: 0,
    routes: {
      '/api/v1/write': faulty('write', createRemoteWrite(environment, clock)),
      '/api/v1/': faulty('query', createApi(environment, clock)),
    },
    nowMs: clock,
    onFault: (path, error) => console.error(path, error),
  });
  if (!front.ok) throw new Error(front.error.message);
  const { url } = front.value;
  const token = await addApiToken(store.table, 'test', nowMs);
  const client = createClient(url, token);
  const keyFile = join(folder, `${new URL(url).port}.key`);
  await writeFile(keyFile, await addHostKey(store.table, 'import', nowMs, 'sender'));
  const compact = () => createCompact(environment, clock)();
  await compact();
  const run = async (
    command: (
      terminal: ReturnType<typeof createRecorder>,
      wait: (ms: number) => Promise<void>,
    ) => ReturnType<typeof importSamples>,
  ): Promise<CommandEnd> => {
    const terminal = createRecorder();
    const waits: number[] = [];
    const outcome = await command(terminal, async (ms) => void waits.push(ms));
    const notes = outcome.ok ? terminal.notes : [...terminal.notes, outcome.error.message];
    return { isWhole: outcome.ok && outcome.value, printed: terminal.text(), notes, waits };
  };
  return {
    store,
    url,
    client,
    compact,
    import: (files, flags = {}) =>
      run((terminal, wait) => {
        const all = { writeUrl: url, keyFile, ...flags };
        return importSamples(files, all, terminal, { nowMs, wait, environment: {} });
      }),
    export: (output, flags = {}) =>
      run((terminal, wait) => {
        const all = { from: '400d', resolution: '1h', output, ...flags };
        return exportSamples(all, client, terminal, { nowMs, wait });
      }),
    query: async (query, atMs) => {
      const parameters = new URLSearchParams({ query, time: String(atMs / 1000) });
      const response = await fetch(`${url}/api/v1/query?${parameters}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      const body: unknown = await response.json();
      if (typeof body === 'object' && body !== null && 'data' in body) return body.data;
      throw new Error(`${query}: ${response.status} ${JSON.stringify(body)}`);
    },
    close: async () => {
      await front.value.close();
      await store.close();
    },
  };
}
