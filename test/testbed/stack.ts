import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { Child } from './child.ts';
import { waitFor } from './testbed.ts';

const pathOf = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const STACK = pathOf('infra/local/main.ts');
const AGENT = pathOf('agent/main.ts');
/** The shipped ones. */
const RULES = pathOf('rules');
/** A slow machine with a cold cache takes some seconds. */
const START_WITHIN_MS = 60_000;

/** A message as people and programs got it. */
export interface SentMessage {
  readonly publishedAtMs: number;
  readonly status: 'firing' | 'resolved';
  readonly subject: string;
  readonly email: string;
  readonly sms: string;
  readonly alerts: readonly SentAlert[];
}

export interface SentAlert {
  readonly status: 'firing' | 'resolved';
  /** `alertname` included. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface StackOptions {
  readonly rulesPath?: string;
  /** Time between two ticks, such as `5s`. */
  readonly tick?: string;
}

/**
 * `npm start` without its own agent, on a free port, as shipped in all else: its rules, and a tick
 * each minute on the minute.
 */
export class StackUnderTest {
  readonly url: string;
  readonly #dataPath: string;
  readonly #child: Child;

  private constructor(url: string, dataPath: string, child: Child) {
    this.url = url;
    this.#dataPath = dataPath;
    this.#child = child;
  }

  /** Each of the hosts gets a key. `options.rulesPath` is a folder of rules instead of the shipped ones. */
  static async start(
    dataPath: string,
    hosts: readonly string[],
    options: StackOptions = {},
  ): Promise<StackUnderTest> {
    let stack: StackUnderTest | undefined;
    for (const host of hosts) {
      // A start makes the key of the host it is started as, and keeps those of others.
      await stack?.stop();
      stack = await StackUnderTest.#startAs(host, dataPath, options);
    }
    if (stack === undefined) throw new Error('a stack without hosts');
    return stack;
  }

  static async #startAs(
    host: string,
    dataPath: string,
    { rulesPath = RULES, tick = '60s' }: StackOptions,
  ): Promise<StackUnderTest> {
    const flags = ['--port', '0', '--plain', '--no-agent', '--data', dataPath];
    flags.push('--rules', rulesPath, '--tick', tick);
    const child = new Child(STACK, flags, { HYPERVIGIL_HOST: host });
    const url = await waitFor('the stack listens', START_WITHIN_MS, async () => {
      if (child.hasEnded) throw new Error(`the stack has ended: ${child.output}`);
      return /listening on (http:\S+),/.exec(child.output)?.[1];
    });
    return new StackUnderTest(url, dataPath, child);
  }

  keyFileOf(host: string): string {
    return join(this.#dataPath, 'keys', `${encodeURIComponent(host)}.key`);
  }

  /** Everything sent so far, the oldest first. */
  async messages(): Promise<readonly SentMessage[]> {
    const path = join(this.#dataPath, 'messages.jsonl');
    const log = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return ''; // none yet
      throw error;
    });
    // The last line may still be being written.
    return log.split('\n').slice(0, -1).map(decodeMessage);
  }

  /** The first one, which its terminal shows. */
  async token(): Promise<string> {
    return (await readFile(join(this.#dataPath, 'keys', 'api.token'), 'utf8')).trim();
  }

  /** What the API answers to the token of this stack, as JSON. */
  async ask(path: string, init: RequestInit = {}): Promise<unknown> {
    const token = await this.token();
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${this.url}${path}`, { ...init, headers });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  /** How many series a query finds now. */
  async count(query: string): Promise<number> {
    const path = `/api/v1/query?${new URLSearchParams({ query })}`;
    return v.parse(Vector, await this.ask(path)).data.result.length;
  }

  /** What fires, muted or not, as of the last tick. */
  async alerts(): Promise<readonly ShownAlert[]> {
    return v.parse(v.array(ShownAlert), await this.ask('/api/v2/alerts'));
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }
}

const Vector = v.object({ data: v.object({ result: v.array(v.unknown()) }) });
const ShownAlert = v.object({
  labels: v.record(v.string(), v.string()),
  startsAt: v.string(),
  updatedAt: v.string(),
  noDataSince: v.exactOptional(v.string()),
});
export type ShownAlert = Readonly<v.InferOutput<typeof ShownAlert>>;

export interface AgentOptions {
  /** For both intervals, such as `4s`; a sample every 10 s and a post every 60 s by default. */
  readonly interval?: string;
  /** Folder of the sockets that it finds as /run/libvirt: those of another host. */
  readonly sockets?: string;
}

/** The agent as shipped. */
export function startAgent(
  host: string,
  url: string,
  keyFile: string,
  { interval, sockets }: AgentOptions = {},
): Child {
  const flags = ['--host', host, '--url', url, '--key-file', keyFile];
  if (interval !== undefined) {
    flags.push('--sample-interval', interval, '--batch-interval', interval);
  }
  // A story begins without what an agent of an earlier one has left.
  const environment = { HYPERVIGIL_SPOOL_DIR: 'off' };
  const under = sockets === undefined ? [] : seeing(sockets);
  return new Child(AGENT, ['run', ...flags], environment, under);
}

/** A command that runs another one in a mount namespace of its own. */
function seeing(sockets: string): readonly string[] {
  const script = 'mount --bind "$0" /run/libvirt && exec "$@"';
  return ['unshare', '--mount', 'bash', '-ec', script, sockets];
}

const Line = v.object({
  publishedAt: v.pipe(v.string(), v.isoTimestamp()),
  subject: v.string(),
  texts: v.object({ default: v.string(), email: v.string(), sms: v.string() }),
});
const Status = v.picklist(['firing', 'resolved']);
const ForPrograms = v.object({
  status: Status,
  alerts: v.array(v.object({ status: Status, labels: v.record(v.string(), v.string()) })),
});

function decodeMessage(line: string): SentMessage {
  const { publishedAt, subject, texts } = v.parse(Line, JSON.parse(line));
  const { status, alerts } = v.parse(ForPrograms, JSON.parse(texts.default));
  return {
    publishedAtMs: Date.parse(publishedAt),
    status,
    subject,
    email: texts.email,
    sms: texts.sms,
    alerts,
  };
}
