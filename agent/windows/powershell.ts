import { err, ok, type Result } from '../../core/result.ts';
import { Quarantine } from './quarantine.ts';
import { type Frame, frameIn, PRELUDE, requestLine } from './script.ts';

/** A PowerShell that was started, as far as it is used here. */
export interface PowerShellProcess {
  readonly write: (text: string) => void;
  readonly onOutput: (listener: (text: string) => void) => void;
  /** Once, when it has ended or could not be started; `isAbsent`: there is no such program. */
  readonly onEnd: (listener: (reason: string, isAbsent: boolean) => void) => void;
  readonly kill: () => void;
}

/**
 * Why there is no answer. `absent`: no PowerShell here. `refused`: the script failed; `kind` is then
 * the error's own name, the same in every language. `resting`: it hung before and is let be for now.
 */
export interface AskError {
  readonly code: 'absent' | 'ended' | 'timeout' | 'garbage' | 'refused' | 'resting';
  readonly kind: string;
  readonly message: string;
}

export type Answer = Result<unknown, AskError>;

interface Ask {
  readonly script: string;
  readonly withinMs: number;
  readonly resolve: (answer: Answer) => void;
}

/** Starting takes a second or two, on a busy host with a virus scanner much longer. */
const START_WITHIN_MS = 60_000;

/** What all answers of a sample together never reach; one that does has gone wrong. */
const ANSWER_MAX_CHARS = 8 << 20;

/** A PowerShell that ends as soon as it is started must not be started all the time. */
const RESTART_MIN_MS = 1000;
const RESTART_MAX_MS = 60_000;

/** It holds some 70 MB from the start; one that has grown beyond this is replaced. */
const MEMORY_MAX_BYTES = 256 << 20;
const MEMORY_CHECK_EVERY_MS = 10 * 60_000;
const MEMORY_SCRIPT = 'Get-Process -Id $PID|Select-Object PrivateMemorySize64';

/** Asked first: what answers this works. */
const HELLO_SCRIPT = '$PSVersionTable.PSVersion.Major';

/**
 * One PowerShell that lasts, and answers one request after another: starting one for each would cost
 * a second of CPU time every time. One that ends is started again with the next request, after a
 * pause that doubles while none of them answers; one that does not answer in time is ended, and what
 * it was asked is not asked again for a while, so that it cannot keep all others from theirs.
 */
export class PowerShell {
  readonly #start: () => PowerShellProcess;
  readonly #monotonicMs: () => number;
  readonly #waiting: Ask[] = [];
  readonly #quarantine: Quarantine;
  #process: PowerShellProcess | undefined;
  #greeted = false;
  #current: { readonly id: number; readonly settle: (answer: Answer) => void } | undefined;
  #isPumping = false;
  #closed = false;
  #nextId = 1;
  #unread = '';
  #failedStarts = 0;
  #startAgainMs = Number.NEGATIVE_INFINITY;
  #lastEnd: AskError | undefined;
  #memoryCheckedMs = 0;

  constructor(start: () => PowerShellProcess, monotonicMs: () => number) {
    this.#start = start;
    this.#monotonicMs = monotonicMs;
    this.#quarantine = new Quarantine(monotonicMs);
  }

  /**
   * What a script gives, decoded from JSON. Never rejects. `withinMs` is from when it is its turn;
   * before, all that was asked earlier is answered, each within its own time.
   */
  ask(script: string, withinMs: number): Promise<Answer> {
    const resting = this.#quarantine.reason(script);
    if (this.#closed) return Promise.resolve(failure('ended', 'the agent ends'));
    if (resting !== undefined) return Promise.resolve(failure('resting', resting));
    return new Promise((resolve) => {
      this.#waiting.push({ script, withinMs, resolve });
      void this.#pump();
    });
  }

  /** Ends it; what waits is not answered any more. */
  close(): void {
    this.#closed = true;
    for (const { resolve } of this.#waiting.splice(0)) resolve(failure('ended', 'the agent ends'));
    this.#end(failure('ended', 'the agent ends'));
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const started = await this.#ready();
      next.resolve(started ?? (await this.#send(next.script, next.withinMs, next.script)));
    }
    this.#isPumping = false;
  }

  /** Has one that works; the error if there is none. */
  async #ready(): Promise<Answer | undefined> {
    await this.#checkMemory();
    if (this.#closed) return failure('ended', 'the agent ends');
    if (this.#process !== undefined && this.#greeted) return undefined;
    if (this.#monotonicMs() < this.#startAgainMs) {
      return err(this.#lastEnd ?? { code: 'ended', kind: '', message: 'PowerShell ended' });
    }
    this.#launch();
    const hello = await this.#send(HELLO_SCRIPT, START_WITHIN_MS);
    if (hello.ok && !this.#closed) {
      this.#greeted = true;
      this.#failedStarts = 0;
      return undefined;
    }
    this.#end(hello);
    if (hello.ok) return failure('ended', 'the agent ends');
    this.#lastEnd = hello.error;
    this.#failedStarts += 1;
    const pauseMs = Math.min(RESTART_MAX_MS, RESTART_MIN_MS * 2 ** (this.#failedStarts - 1));
    this.#startAgainMs = this.#monotonicMs() + pauseMs;
    return hello;
  }

  #launch(): void {
    const started = this.#start();
    this.#process = started;
    this.#greeted = false;
    this.#unread = '';
    this.#memoryCheckedMs = this.#monotonicMs();
    started.onOutput((text) => {
      if (this.#process === started) this.#read(text);
    });
    started.onEnd((reason, isAbsent) => {
      if (this.#process !== started) return;
      this.#end(failure(isAbsent ? 'absent' : 'ended', reason));
    });
    started.write(PRELUDE);
  }

  /** `blamed`: what is let be for a while if there is no answer. */
  async #send(script: string, withinMs: number, blamed?: string): Promise<Answer> {
    if (this.#process === undefined) return failure('ended', 'PowerShell ended');
    const id = this.#nextId++;
    const answer = await new Promise<Answer>((resolve) => {
      const timer = setTimeout(() => {
        this.#end(failure('timeout', `PowerShell gave no answer within ${withinMs} ms`));
      }, withinMs);
      this.#current = {
        id,
        settle: (given) => {
          clearTimeout(timer);
          this.#current = undefined;
          resolve(given);
        },
      };
      this.#process?.write(requestLine(id, script));
    });
    if (blamed !== undefined) {
      if (answer.ok || answer.error.code === 'refused') this.#quarantine.release(blamed);
      else if (answer.error.code !== 'absent') this.#quarantine.put(blamed, answer.error.message);
    }
    return answer;
  }

  #read(text: string): void {
    const lines = (this.#unread + text).split('\n');
    this.#unread = lines.pop() ?? '';
    if (this.#unread.length > ANSWER_MAX_CHARS) {
      this.#end(failure('garbage', `PowerShell wrote more than ${ANSWER_MAX_CHARS} letters`));
    }
    for (const line of lines) {
      const frame = frameIn(line);
      // An earlier one was given up.
      if (frame !== undefined && frame.id === this.#current?.id) this.#take(frame);
    }
  }

  #take({ outcome, payload }: Frame): void {
    if (payload === undefined) {
      this.#end(failure('garbage', 'PowerShell gave an answer that is not whole'));
    } else {
      this.#current?.settle(outcome === 'ok' ? ok(payload) : refused(payload));
    }
  }

  /** Ends the one that runs, and tells so who waits for its answer. */
  #end(answer: Answer): void {
    const ended = this.#process;
    this.#process = undefined;
    this.#greeted = false;
    this.#unread = '';
    ended?.kill();
    this.#current?.settle(answer);
  }

  async #checkMemory(): Promise<void> {
    if (this.#process === undefined || !this.#greeted) return;
    if (this.#monotonicMs() - this.#memoryCheckedMs < MEMORY_CHECK_EVERY_MS) return;
    this.#memoryCheckedMs = this.#monotonicMs();
    const answer = await this.#send(MEMORY_SCRIPT, START_WITHIN_MS);
    const [row] = answer.ok && Array.isArray(answer.value) ? answer.value : [];
    if (Number(row?.PrivateMemorySize64) > MEMORY_MAX_BYTES) {
      this.#end(failure('ended', 'PowerShell grew too large'));
    }
  }
}

function failure(code: AskError['code'], message: string): Result<never, AskError> {
  return err({ code, kind: '', message });
}

function refused(payload: unknown): Result<never, AskError> {
  const { kind = '', message = '' } = payload as { kind?: unknown; message?: unknown };
  return err({ code: 'refused', kind: String(kind), message: String(message) || String(kind) });
}
