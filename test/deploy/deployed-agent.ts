import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Log, SecretRegister } from '../secrets/secret-register.ts';
import { Child } from '../testbed/child.ts';
import type { FunctionUrlFront } from './function-url-front.ts';

const AGENT = fileURLToPath(new URL('../../agent/main.ts', import.meta.url));
/** The agent itself asks for as long as 10 minutes. */
const ENROL_WITHIN_MS = 60_000;

export interface DeployedAgentOptions {
  /** Whose agent it is. */
  readonly host: string;
  /** The address that the deployment has printed. */
  readonly url: string;
  /** Its own, for its files. */
  readonly folder: string;
  readonly front: FunctionUrlFront;
  /** Where the libvirt is whose VMs it reads. */
  readonly libvirtSocket: string;
  /** Gets the key that it makes. */
  readonly secrets: SecretRegister;
}

/** The agent as `npm run agent` starts it, with files of its own. */
export class DeployedAgent {
  readonly #options: DeployedAgentOptions;
  readonly #children: Child[] = [];

  constructor(options: DeployedAgentOptions) {
    this.#options = options;
    // As of a libvirt that is a user's own.
    mkdirSync(join(options.folder, 'libvirt'), { recursive: true });
    symlinkSync(options.libvirtSocket, join(options.folder, 'libvirt', 'libvirt-sock'));
  }

  get #keyFile(): string {
    return join(this.#options.folder, 'key');
  }

  /** `npm run agent -- enroll`: what it printed. */
  async enrol(token: string): Promise<string> {
    const { folder, host, url, secrets } = this.#options;
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 });
    const args = ['enroll', '--token-file', tokenFile, '--url', url, '--host', host];
    const child = this.#start([...args, '--key-file', this.#keyFile]);
    await child.ended(ENROL_WITHIN_MS);
    secrets.keep('host key', readFileSync(this.#keyFile, 'utf8').trim().split(/\s+/)[0] ?? '');
    return child.output;
  }

  /** `npm run agent`, with the configuration that enrolling has written: samples and posts each second. */
  run(): void {
    this.#start(['run'], {
      HYPERVIGIL_SAMPLE_INTERVAL: '1s',
      HYPERVIGIL_BATCH_INTERVAL: '1s',
    });
  }

  /** Asks it to stop, and waits until it has. */
  async stop(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.stop()));
  }

  log(): Log {
    const text = this.#children.map(({ output }) => output).join('\n');
    return { name: `the agent of ${this.#options.host}`, text };
  }

  #start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Child {
    const { folder, front } = this.#options;
    const child = new Child(AGENT, [...args, '--config', join(folder, 'agent.yaml')], {
      ...front.environment,
      XDG_RUNTIME_DIR: folder,
      HYPERVIGIL_LIBVIRT: '{ uri: "qemu:///session" }',
      HYPERVIGIL_SPOOL_DIR: join(folder, 'spool'),
      ...environment,
    });
    this.#children.push(child);
    return child;
  }
}
