import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { vi } from 'vitest';
import type { Table } from '../../functions/store/dynamo.ts';
import type { FunctionName } from '../../infra/aws/hypervigil.ts';
import { startTable } from '../functions/table.ts';
import { synthesized } from '../infra/synthesized.ts';
import { newSigningKey, writeRelease } from '../install-function/fake-release.ts';
import { type Account, deployed, REGION } from './account.ts';
import { type Recorder, startRecorder } from './recorder.ts';
import { EVERYTHING } from './settings.ts';

/** A deployment with all settings on, whose functions run here, each in the environment that the template gives it. */
export interface World {
  readonly account: Account;
  /** The table, past the recorder: for what a scene needs beforehand. */
  readonly table: Table;
  readonly recorder: Recorder;
  /** Folders of files that are beside the code of functions. */
  readonly rules: string;
  readonly release: string;
  /** The environment of a function. From here on, calls of AWS are taken for its own. */
  readonly become: (name: FunctionName) => Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

const FunctionProperties = v.looseObject({
  Role: v.string(),
  Code: v.looseObject({ ZipFile: v.optional(v.string()) }),
  Environment: v.optional(
    v.looseObject({ Variables: v.optional(v.record(v.string(), v.string()), {}) }),
    {},
  ),
});

/** Of every function of a template: which of ours it is (`undefined`: none), its role's ARN, its environment. */
export function functionsOf(account: Account) {
  return account.ofType('AWS::Lambda::Function').map(({ id, properties }) => {
    const { Role, Code, Environment } = v.parse(FunctionProperties, properties);
    const name = /^\/\/ ([a-z-]+)$/.exec(Code.ZipFile ?? '')?.[1];
    return { id, name, role: Role, environment: Environment.Variables ?? {} };
  });
}

/** `routing`, `rules`: what the evaluator works by. */
export async function startWorld(files: { routing: string; rules: string }): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-iam-'));
  writeFileSync(join(folder, 'alertmanager.yaml'), files.routing);
  writeFileSync(join(folder, 'test.rules.yaml'), files.rules);
  const release = join(folder, 'release');
  const described = writeRelease(release, { version: '1.2.3', key: newSigningKey() });
  const template = synthesized(EVERYTHING, { folder: release, release: described });
  const [table] = deployed(template).ofType('AWS::DynamoDB::Table');
  const store = await startTable(table?.id);
  const recorder = await startRecorder(store.environment['DYNAMODB_ENDPOINT'] ?? '');
  const account = deployed(template, recorder.endpoint);
  return {
    account,
    table: store.table,
    recorder,
    rules: folder,
    release,
    become: (name) => {
      // The SDK takes these from the process, as in Lambda.
      vi.stubEnv('AWS_ENDPOINT_URL', recorder.endpoint);
      vi.stubEnv('AWS_REGION', REGION);
      vi.stubEnv('AWS_ACCESS_KEY_ID', name);
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
      vi.stubEnv('AWS_SESSION_TOKEN', '');
      const found = functionsOf(account).find((one) => one.name === name);
      if (found === undefined) throw new Error(`the template has no function "${name}"`);
      return found.environment;
    },
    close: async () => {
      vi.unstubAllEnvs();
      recorder.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}
