import { writeSync } from 'node:fs';

/** Names the descriptor for the answer to the process that asks. Not set where a person asks. */
const ANSWER_VARIABLE = 'HYPERVIGIL_AGENT_ANSWER';

/** Behind standard input, output and error. */
export const ANSWER_DESCRIPTOR = 3;

/** Was this process started by another one of ours, for an answer? */
export function isAsked(): boolean {
  return process.env[ANSWER_VARIABLE] === String(ANSWER_DESCRIPTOR);
}

/** An environment in which a process of ours gives an answer. */
export function askingEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...environment, [ANSWER_VARIABLE]: String(ANSWER_DESCRIPTOR) };
}

/** Tells the process that asks, once; a person who asks instead sees it. */
export function giveAnswer(text: string): void {
  const descriptor = isAsked() ? ANSWER_DESCRIPTOR : process.stdout.fd;
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) written += writeSync(descriptor, bytes, written);
}
