import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Collector, Measurement } from '../../agent/collectors/collector.ts';
import { HostFiles } from '../../agent/proc/host-files.ts';

const FIXTURES = new URL('fixtures/', import.meta.url).pathname;

/** A copy of a captured /proc and /sys that a test can change, with a clock it can move. */
export interface FixtureHost {
  readonly rootDir: string;
  readonly files: HostFiles;
  readonly monotonicMs: () => number;
  advance(ms: number): void;
  write(path: string, content: string): void;
  /** Changes a file by replacing text that must be in it. */
  edit(path: string, from: string, to: string): void;
  remove(path: string): void;
}

export function fixtureHost(name: 'debian-12' | 'proxmox-8' | 'rhel-6'): FixtureHost {
  const rootDir = mkdtempSync(join(tmpdir(), 'hypervigil-host-'));
  cpSync(join(FIXTURES, name), rootDir, { recursive: true });
  const files = new HostFiles(rootDir);
  onTestFinished(() => {
    files.close();
    rmSync(rootDir, { recursive: true });
  });
  let nowMs = 1_000_000;
  const write = (path: string, content: string) => writeFileSync(join(rootDir, path), content);
  return {
    rootDir,
    files,
    monotonicMs: () => nowMs,
    advance: (ms) => {
      nowMs += ms;
    },
    write,
    edit: (path, from, to) => {
      const content = readFileSync(join(rootDir, path), 'utf8');
      if (!content.includes(from)) throw new Error(`${path}: no "${from}" in it`);
      write(path, content.replace(from, to));
    },
    remove: (path) => rmSync(join(rootDir, path), { recursive: true }),
  };
}

let instant = 0;

/** One collection, as `name{label}` (without `host_` and the label's name) to value. */
export async function collect(collector: Collector): Promise<Readonly<Record<string, number>>> {
  instant += 10_000;
  const all = await collector.collect({ nowMs: instant, withinMs: 5000 });
  if (all === 'absent') throw new Error(`${collector.name} is absent`);
  return readable(all);
}

export function readable(measurements: readonly Measurement[]): Record<string, number> {
  return Object.fromEntries(
    measurements.map(({ name, labels, value }) => {
      const values = Object.values(labels).join(',');
      return [values === '' ? name : `${name}{${values}}`, value];
    }),
  );
}
