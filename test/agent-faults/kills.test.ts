import { it } from 'vitest';
import { expectNothingLost } from './kill-loop.ts';

it(
  'an agent that is killed 50 times, on a bad network, loses nothing that is not counted',
  {
    timeout: 180_000,
  },
  () => expectNothingLost({ kills: 50, seed: 20_261_123 }),
);
