import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { HOST_KEY_PREFIX } from '../../core/enrolment.ts';
import { newSigningKey, writeRelease } from '../install-function/fake-release.ts';
import type { Log, SecretKind, SecretRegister } from '../secrets/secret-register.ts';
import type { Cloud } from './cloud.ts';

const Stack = v.object({
  IngestUrl: v.string(),
  ApiUrl: v.string(),
  TableName: v.string(),
  CriticalTopicArn: v.string(),
});
type Stack = v.InferOutput<typeof Stack>;

/** The agent that can be installed: too small to be one, but signed and described like one. */
export const AGENT_VERSION = '1.2.3';

function releaseIn(folder: string): string {
  const release = join(folder, 'release');
  if (!existsSync(release)) writeRelease(release, { version: AGENT_VERSION, key: newSigningKey() });
  return release;
}

/** One deployment, made and changed by the commands that people use. */
export class Deployment {
  readonly #cloud: Cloud;
  readonly #secrets: SecretRegister;
  readonly #name: string;
  /** All that the commands have said. */
  readonly #said: string[] = [];
  #stack: Stack | undefined;

  /** Nothing is deployed yet. `secrets` gets those of the keys that are made. */
  constructor(cloud: Cloud, name: string, secrets: SecretRegister) {
    this.#cloud = cloud;
    this.#name = name;
    this.#secrets = secrets;
  }

  get stack(): Stack {
    if (this.#stack === undefined) throw new Error(`${this.#name} is not deployed`);
    return this.#stack;
  }

  /**
   * `npm run deploy`, in an account that may never have seen the CDK: what it printed.
   *
   * @param settings as in `cdk.json` under `context.hypervigil`, without the name
   * @param folder the sources; absent: these
   */
  async deploy(settings: object, folder?: string): Promise<string> {
    const outputs = join(this.#cloud.folder, `${this.#name}-outputs.json`);
    const printed = await this.#command('deploy', settings, ['--outputs-file', outputs], folder);
    const all = v.parse(v.record(v.string(), Stack), JSON.parse(await readFile(outputs, 'utf8')));
    this.#stack = all[this.#name];
    return printed;
  }

  /** `npm run destroy`: what it printed. */
  destroy(settings: object, ...more: string[]): Promise<string> {
    return this.#command('destroy', settings, more);
  }

  /** What `npm run key` prints: a key or token, once. */
  async makeKey(kind: SecretKind, ...what: string[]): Promise<string> {
    const args = ['infra/aws/key.ts', ...what, '--table', this.stack.TableName];
    const { stdout, stderr } = await this.#cloud.run('node', args);
    // The one place where a secret is shown, and all that is there.
    this.#said.push(stderr);
    return this.#secrets.keep(kind, stdout);
  }

  /**
   * A host's key, as its agent gets it: ingest sends it on to where keys are made.
   *
   * @param given an enrolment token; absent: a new one
   */
  async enrol(host: string, given?: string): Promise<string> {
    const token = given ?? (await this.makeKey('enrolment token', '--enrol-token'));
    const key = `${HOST_KEY_PREFIX}${randomBytes(24).toString('base64url')}`;
    this.#secrets.keep('host key', key);
    const request = {
      method: 'POST',
      redirect: 'manual',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ host, keyHash: createHash('sha256').update(key).digest('base64url') }),
    } as const;
    const sentOn = await fetch(this.ingest('v1/enrolments'), request);
    const location = sentOn.headers.get('location');
    if (sentOn.status !== 307 || location === null)
      throw new Error(`not sent on to enrol: ${sentOn.status}`);
    const { origin, pathname } = new URL(location);
    const answer = await fetch(this.#url(origin, pathname.slice(1)), request);
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`not enrolled: ${answer.status} ${text}`);
    return key;
  }

  /** An address of ingest that needs no DNS; without `path` that of the whole deployment. */
  ingest(path = ''): string {
    return this.#url(this.stack.IngestUrl, path);
  }

  /** An address of the API that needs no DNS. */
  api(path = ''): string {
    return this.#url(this.stack.ApiUrl, path);
  }

  log(): Log {
    return { name: `commands of ${this.#name}`, text: this.#said.join('\n') };
  }

  /** The emulator has a Function URL's name for a path, too. */
  #url(url: string, path: string): string {
    return `${this.#cloud.endpoint}/_aws/lambda-url/${new URL(url).hostname.split('.')[0]}/${path}`;
  }

  async #command(
    name: 'deploy' | 'destroy',
    settings: object,
    more: readonly string[],
    folder?: string,
  ): Promise<string> {
    const context = `hypervigil=${JSON.stringify({ ...settings, name: this.#name })}`;
    const output = join(this.#cloud.folder, `${this.#name}-cdk.out`);
    const args = ['--yes', '--context', context, '--output', output, ...more];
    const said = await this.#cloud.run('node', [`infra/aws/${name}.ts`, ...args], {
      ...(folder === undefined ? {} : { folder }),
      environment: { HYPERVIGIL_AGENT_RELEASE: releaseIn(this.#cloud.folder) },
    });
    this.#said.push(said.stdout, said.stderr);
    return said.stdout;
  }
}
