/** What every module of a command exports: `main.ts` loads it when the command is given. */
export interface CommandModule {
  /** Does what the command says. Trouble is told and sets the exit code. */
  readonly execute: (flags: Flags) => Promise<void>;
}

/** As commander hands them over, the global ones too. */
export type Flags = Readonly<Record<string, unknown>>;

/** A command line or configuration that cannot be used; the shell's own code for that is 2. */
export const EXIT_USAGE = 2;
export const EXIT_TROUBLE = 1;

/** One line for whoever runs the agent. */
export function log(line: string): void {
  process.stderr.write(`hypervigil agent: ${line}\n`);
}

/** What was asked for, on standard output; resolves when it is written. */
export function print(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text, () => resolve());
  });
}

/** Says what went wrong; the process ends with that code. */
export function fail(code: number, line: string): void {
  log(line);
  process.exitCode = code;
}

/** An address whose traffic others can read is worth a line. */
export function warnIfPlain({ protocol, hostname, origin }: URL): void {
  if (protocol === 'http:' && !/^(localhost|127\..*|\[::1\])$/.test(hostname))
    log(`${origin} is not encrypted: the key and all numbers can be read on the way`);
}
