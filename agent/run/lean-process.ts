import { RUNTIME_FLAGS } from '../runtime-flags.ts';

/** Tells the program that it has replaced itself, and holds the environment from before. */
const STAGE_VARIABLE = 'HYPERVIGIL_AGENT_STAGE';

/**
 * Node reads its 140 root certificates as soon as TLS is loaded, 0.7 MB; with this it does not, and
 * what is to be trusted must be said with each connection.
 */
const NO_ROOTS = '--use-openssl-ca';

/**
 * Of the C library (mallopt(3)): one heap for all threads, what is free at its end goes back at once,
 * and large pieces (of zlib, and of what is read) are no part of it.
 */
const LEAN_ENVIRONMENT: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '32768',
  MALLOC_TOP_PAD_: '16384',
  MALLOC_MMAP_THRESHOLD_: '65536',
};

let isLeanProcess = false;

/** Does nothing here trust any certificate unless told to? */
export function isLean(): boolean {
  return isLeanProcess;
}

/** Is all of this in one executable, Node included? */
export function isSingleExecutable(): boolean {
  return process.getBuiltinModule('node:sea').isSea();
}

/** Options of Node that whoever started this gave: those of ours come before them. */
export function givenOptions(): readonly string[] {
  return isLeanProcess ? process.execArgv.slice(OWN_OPTIONS.length) : process.execArgv;
}

const OWN_OPTIONS: readonly string[] = [...RUNTIME_FLAGS, NO_ROOTS];

/**
 * Replaces this process, under the same id, by one of the same program with options and an
 * environment that can only be set before it starts and make it small. Returns in that one, which has
 * the environment of before again, and where it can't be done: on other systems than Linux, and for a
 * child that has a channel to its parent, which would be lost.
 */
export function becomeLean(): void {
  const before = process.env[STAGE_VARIABLE];
  if (before !== undefined) {
    arrive(before);
    return;
  }
  if (process.platform !== 'linux' || process.execve === undefined) return;
  if (process.channel !== undefined) return;
  const replaced = Object.keys(LEAN_ENVIRONMENT).map((name) => [name, process.env[name] ?? null]);
  process.execve(process.execPath, commandLine(), {
    ...process.env,
    ...LEAN_ENVIRONMENT,
    [STAGE_VARIABLE]: JSON.stringify(replaced),
  });
}

function commandLine(): readonly string[] {
  const [program = process.execPath, script = '', ...args] = process.argv;
  if (isSingleExecutable()) return [program, `--node-options=${NO_ROOTS}`, ...args];
  return [program, ...OWN_OPTIONS, ...process.execArgv, script, ...args];
}

/** What we start must not think that it is us. */
function arrive(before: string): void {
  isLeanProcess = true;
  delete process.env[STAGE_VARIABLE];
  for (const [name, value] of JSON.parse(before) as [string, string | null][]) {
    if (value === null) delete process.env[name];
    else process.env[name] = value;
  }
}
