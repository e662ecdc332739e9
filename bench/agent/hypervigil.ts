import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeConfig } from './agent-config.ts';
import { startIngestServer } from './ingest-server.ts';
import type { AgentCommand } from './installed-agent.ts';
import { makeMemoryGroup } from './memory-limit.ts';
import { type Program, type RunningProgram, startChild } from './program.ts';
import type { ShippedUnit } from './unit.ts';
import { makeUsualDisk } from './usual-disk.ts';
import { hideVirtualMachines, type Surroundings } from './virtual-machines.ts';

const HOST = 'bench';
/** Half of what the bench waits before it measures. */
const STARTED_AFTER_SAMPLES = 6;

export interface AgentVariant {
  readonly name: string;
  /** Puts the agent into a folder, and says how to start it. */
  readonly install: (folder: string) => AgentCommand | Promise<AgentCommand>;
  readonly unit: ShippedUnit;
  readonly isLimited?: boolean;
  readonly closesConnections?: boolean;
  /** No VMs, unless others are given. */
  readonly surroundings?: (intervalMs: number) => Promise<Surroundings>;
}

/** Our agent, which posts over TLS to a server of its own. */
export function hypervigil(variant: AgentVariant): Program {
  return {
    name: variant.name,
    remedy: 'npm ci',
    isPresent: () => true,
    start: (folder, intervalMs) => start(variant, folder, intervalMs),
  };
}

async function start(
  { install, unit, isLimited, closesConnections = false, surroundings }: AgentVariant,
  folder: string,
  intervalMs: number,
): Promise<RunningProgram> {
  const at = (sub: string) => {
    mkdirSync(join(folder, sub));
    return join(folder, sub);
  };
  const server = await startIngestServer(at('server'), {
    host: HOST,
    closesConnections,
    anyTime: false,
  });
  const disk = isLimited ? makeUsualDisk(at('disk')) : undefined;
  const { command, args } = await install(disk?.folder ?? at('program'));
  const around = await (surroundings ?? hideVirtualMachines)(intervalMs);
  const group = isLimited
    ? makeMemoryGroup(`hypervigil-bench-${process.pid}`, unit.limits)
    : undefined;
  // Each of these puts itself where it shall be, and then becomes what follows.
  const [program = command, ...rest] = [
    ...(group === undefined ? [] : ['sh', '-ec', `echo $$ > ${group.procsFile}; exec "$@"`, 'sh']),
    ...around.wrapper,
    ...[command, ...args, 'run'],
  ];
  const config = writeConfig(folder, { host: HOST, url: server.url, intervalMs });
  const child = await startChild(program, [...rest, '--config', config], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      ...unit.environment,
      STATE_DIRECTORY: at('state'),
      NODE_EXTRA_CA_CERTS: server.authorityFile,
    },
  });
  const tighten = setTimeout(() => group?.tighten(), STARTED_AFTER_SAMPLES * intervalMs);
  return {
    child,
    async traffic() {
      const { bytes, seriesCount } = await server.report();
      return { bytes, numbers: seriesCount };
    },
    async stop() {
      clearTimeout(tighten);
      await child.stop();
      await group?.remove();
      disk?.remove();
      await around.stop();
      await server.stop();
    },
  };
}
