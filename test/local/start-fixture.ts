import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../infra/local/main.ts', import.meta.url));

/** A slow machine with a cold cache takes some seconds for each of these steps. */
const STEP_MS = 60_000;

/** A folder for one test, with rules and data of its own. */
export class Place {
  readonly path = mkdtempSync(join(tmpdir(), 'hypervigil-'));
  readonly data = join(this.path, 'data');
  readonly rules = join(this.path, 'rules');
  readonly #runs: Run[] = [];

  constructor() {
    mkdirSync(this.rules);
  }

  /** Rules that fire as soon as this machine has numbers; each alert has the name it is given. */
  writeRules(...alerts: string[]): void {
    const rules = alerts.map(
      (name) =>
        `      - { alert: ${name}, expr: host_uptime_seconds > 0, labels: { severity: critical }, annotations: { summary: "${name} of {{ $labels.host }}" } }`,
    );
    this.writeRuleFile(`groups:\n  - name: test\n    rules:\n${rules.join('\n')}\n`);
  }

  writeRuleFile(yaml: string): void {
    writeFileSync(join(this.rules, 'test.rules.yaml'), yaml);
  }

  start(args: readonly string[] = [], environment: Record<string, string> = {}): Run {
    const own = ['--port', '0', '--data', this.data, '--rules', this.rules, '--tick', '1s'];
    const run = new Run([...own, '--plain', ...args], environment);
    this.#runs.push(run);
    return run;
  }

  async remove(): Promise<void> {
    for (const run of this.#runs) await run.kill();
    rmSync(this.path, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** `npm start` as its user sees it. */
export class Run {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  stdout = '';
  stderr = '';

  constructor(args: readonly string[], environment: Record<string, string>) {
    this.#child = spawn(process.execPath, [MAIN, ...args], {
      env: {
        ...process.env,
        HYPERVIGIL_SAMPLE_INTERVAL: '2s',
        HYPERVIGIL_HOST: 'me',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (data: Buffer) => {
      this.stdout += data.toString();
    });
    this.#child.stderr?.on('data', (data: Buffer) => {
      this.stderr += data.toString();
    });
    this.#closed = once(this.#child, 'close');
  }

  /** Waits until the output has this. */
  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    const deadline = AbortSignal.timeout(STEP_MS);
    for (;;) {
      const found = pattern.exec(this.stdout);
      if (found !== null) return found;
      if (this.#child.exitCode !== null || deadline.aborted) {
        throw new Error(`no ${pattern} in:\n${this.stdout}\n${this.stderr}`);
      }
      const more = this.#child.stdout === null ? [] : [once(this.#child.stdout, 'data')];
      await Promise.race([...more, this.#closed, once(deadline, 'abort')]);
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Process ids of its children: the agent. */
  childIds(): number[] {
    const { pid } = this.#child;
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return text === '' ? [] : text.split(' ').map(Number);
  }

  /** Sends the signal; the answer is the exit code, or the signal that ended it. */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    this.#child.kill(signal);
    return this.exit();
  }

  async exit(): Promise<number | NodeJS.Signals | null> {
    await this.#closed;
    return this.#child.exitCode ?? this.#child.signalCode;
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.end('SIGKILL');
  }
}
