import { expect, test } from 'vitest';
import { createQueue } from '../../infra/local/queue.ts';

test('jobs run one after the other; what comes while one waits is that one', async () => {
  const ran: number[] = [];
  const gates: (() => void)[] = [];
  const queue = createQueue(async (atMs) => {
    ran.push(atMs);
    await new Promise<void>((resolve) => gates.push(resolve));
  });
  queue.add(1);
  queue.add(2);
  queue.add(3);
  expect(ran).toEqual([1]);
  gates[0]?.();
  await expect.poll(() => ran).toEqual([1, 3]);
  const idle = queue.idle();
  gates[1]?.();
  await idle;
  queue.add(4);
  expect(ran).toEqual([1, 3, 4]);
});
