import { describe, expect, it } from 'vitest';
import { checkServiceLimits, serviceLimits } from '../../../agent/service-limits/service-limits.ts';

const MIB = 2 ** 20;

describe('the limits that a disk asks for', () => {
  it.each([0, 128, 512])('are the unit’s own where it reads %s KiB ahead', (kib) => {
    expect(serviceLimits(kib)).toBe('');
  });

  it.each([513, 4096, 8192, undefined])('are roomy where it reads %s KiB ahead', (kib) => {
    const text = serviceLimits(kib);
    expect(text).toMatch(/^\[Service\]\nMemoryHigh=72M\nMemoryMax=128M\n$/m);
    // What install.sh gets of it and writes again is the same.
    expect(text.trimEnd()).toBe(text.slice(0, -1));
  });
});

describe('the check of the limit that holds', () => {
  const shows = (limit: number | 'infinity') => async () =>
    `LoadState=loaded\nMemoryHigh=${limit}\n`;

  it.each([
    [128, 35 * MIB, 'ok', 'MemoryHigh 35.0 MiB; the disk with its program reads 128 KiB ahead'],
    [8192, 72 * MIB, 'ok', 'MemoryHigh 72.0 MiB; the disk with its program reads 8192 KiB ahead'],
    [8192, 35 * MIB, 'trouble', 'reads 8192 KiB ahead'],
    [undefined, 35 * MIB, 'trouble', 'is not known'],
    [undefined, 'infinity', 'ok', 'no limit'],
  ] as const)('%s KiB ahead and %s bytes: %s', async (kib, limit, status, sees) => {
    const found = await checkServiceLimits(kib, shows(limit));
    expect(found).toMatchObject({ status, sees: expect.stringContaining(sees) });
    expect(found?.mend !== undefined).toBe(status === 'trouble');
  });

  it.each([
    ['knows no such unit', async () => 'LoadState=not-found\nMemoryHigh=infinity\n'],
    ['is not there', async () => Promise.reject(new Error('systemctl: no such program'))],
    ['does not answer', async () => ''],
  ])('says nothing where systemd %s', async (_, show) => {
    expect(await checkServiceLimits(8192, show)).toBeUndefined();
  });
});
