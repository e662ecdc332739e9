import { expect, it } from 'vitest';
import { phaseMs } from '../../core/host-minute.ts';

it.each([
  ['numbered names', (i: number) => `host-${i}`],
  ['names of racks', (i: number) => `kvm${i % 40}.rack${Math.floor(i / 40)}.dc1.example.net`],
  ['addresses', (i: number) => `ip-10-0-${i >> 8}-${i & 255}`],
])('ten thousand hosts post all over the minute: %s', (_, nameOf) => {
  const perSecond = new Array<number>(60).fill(0);
  for (let i = 0; i < 10_000; i += 1) {
    const second = phaseMs(nameOf(i)) / 1000;
    perSecond[second] = (perSecond[second] ?? 0) + 1;
  }
  // 167 on average; by chance alone the fullest of 60 seconds has some 200.
  expect(Math.max(...perSecond)).toBeLessThan(230);
  expect(Math.min(...perSecond)).toBeGreaterThan(100);
});
