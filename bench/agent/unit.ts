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
      highBytes:
        memoryHigh === undefined
          ? bytesOf(text, 'MemoryHigh')
          : bytesOf(`MemoryHigh=${memoryHigh}`, 'MemoryHigh'),
      maxBytes: bytesOf(text, 'MemoryMax'),
    },
  };
}

function bytesOf(unit: string, directive: string): number {
  const [, number, suffix = ''] = new RegExp(`^${directive}=(\\d+)([KMG]?)$`, 'm').exec(unit) ?? [];
  const factor = FACTORS[suffix];
  if (number === undefined || factor === undefined)
    throw new Error(`no ${directive} in bytes, K, M or G in ${unit || UNIT.pathname}`);
  return Number(number) * factor;
}
