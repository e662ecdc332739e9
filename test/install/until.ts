import { setTimeout as sleep } from 'node:timers/promises';
import type { Machine } from './machine.ts';

/** Asks until there is an answer; throws, with the agent's last lines, when there is none in time. */
export async function until<T>(
  machine: Machine,
  what: string,
  seconds: number,
  ask: () => Promise<T | undefined>,
): Promise<T> {
  const endMs = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > endMs) {
      const { stdout } = await machine.exec(
        'journalctl --no-pager --unit hypervigil-agent --lines 20',
      );
      throw new Error(`${what}: not within ${seconds} s\n${stdout}`);
    }
    await sleep(500);
  }
}
