import { createInterface } from 'node:readline/promises';

/** Asks for a word to be typed, which nobody types by mistake. Throws where nobody can be asked. */
export async function confirmByTyping(question: string, word: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new Error('nobody is here to confirm it: add --yes if it is meant');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(question)).trim() === word;
  } finally {
    lines.close();
  }
}
