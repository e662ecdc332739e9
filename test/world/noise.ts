/** Numbers that look random and are always the same: a world can be built twice. */

/** A number in [0, 1) of two whole numbers. */
export function noise(seed: number, step: number): number {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(step | 0, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
}

/** A 32-bit number of a text. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Noise that wanders: a straight line between one random number every `everyMs` and the next. */
export function wander(seed: number, atMs: number, everyMs: number): number {
  const steps = atMs / everyMs;
  const step = Math.floor(steps);
  const part = steps - step;
  return noise(seed, step) * (1 - part) + noise(seed, step + 1) * part;
}

const DAY_MS = 86_400_000;

/** How busy people are, 0 to 1: least at 4 in the morning (UTC), most at 4 in the afternoon, little at weekends. */
export function daily(atMs: number): number {
  const ofDay = (atMs % DAY_MS) / DAY_MS;
  const wave = 0.5 - 0.5 * Math.cos((ofDay - 4 / 24) * 2 * Math.PI);
  // 1970 began on a Thursday.
  const weekday = (Math.floor(atMs / DAY_MS) + 4) % 7;
  return wave * (weekday === 0 || weekday === 6 ? 0.45 : 1);
}

/** As random as any UUID of version 4, and the same for the same text. */
export function uuidOf(text: string): string {
  const seed = seedOf(text);
  const digit = (i: number) => Math.floor(noise(seed, i) * 16).toString(16);
  const hex = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => digit(from + i)).join('');
  return `${hex(0, 8)}-${hex(8, 4)}-4${hex(12, 3)}-a${hex(15, 3)}-${hex(18, 12)}`;
}
