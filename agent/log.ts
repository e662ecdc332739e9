/** Takes one line for whoever runs the agent: what happened, and what to do about it. */
export type Log = (line: string) => void;

/** The message of whatever was thrown, on one line. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : String(error);
  return message.replaceAll(/\s*\n\s*/g, ' ');
}
