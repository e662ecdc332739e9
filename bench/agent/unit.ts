import { existsSync, readFileSync } from 'node:fs';
import type { MemoryLimits } from './memory-limit.ts';

const UNIT = new URL('../../infra/agent-build/files/hypervigil-agent.service', import.meta.url);
const FACTORS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** What the unit we ship gives the agent. */
export interface ShippedUnit {
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: MemoryLimits;
}

/** Reads the unit, with another MemoryHigh if one is given. Throws where it has no memory limits. */
export function readShippedUnit(memoryHigh?: string): ShippedUnit {
  const text = existsSync(UNIT) ? readFileSync(UNIT, 'utf8') : '';
  const environment: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(/^Environment="?(\w+)=([^"\n]*)"?$/gm)) {
    environment[name] = value;
  }
  return {
    environment,
    limits: {
      highBytes: memoryHigh === undefined ? limitOf(text, 'MemoryHigh') : bytesOf(memoryHigh),
      maxBytes: limitOf(text, 'MemoryMax'),
    },
  };
}

function limitOf(unit: string, directive: string): number {
  const [, value] = new RegExp(`^${directive}=(.*)$`, 'm').exec(unit) ?? [];
  if (value === undefined) throw new Error(`${UNIT.pathname}: no ${directive}`);
  return bytesOf(value);
}

/** As systemd writes it: `40M`. */
function bytesOf(text: string): number {
  const [, number, suffix = ''] = /^(\d+)([KMG]?)$/.exec(text) ?? [];
  const factor = FACTORS[suffix];
  if (number === undefined || factor === undefined)
    throw new Error(`a memory limit must be a number with K, M or G, not "${text}"`);
  return Number(number) * factor;
}
