import type { CollectorCheck } from '../collectors/collector.ts';
import { runCommand } from '../run-command.ts';
import { formatBytes } from '../units.ts';

/** Up to here the unit's own MemoryHigh does; measured in docs/agent-build.md. */
const READ_AHEAD_MAX_KIB = 512;

const ROOMY_MIB = 72;
const ROOMY_BYTES = ROOMY_MIB << 20;

/** A drop-in for the unit, beside which an administrator's own ("systemctl edit") still counts. */
const ROOMY_LIMITS = `# Written by the installer: the disk that the agent's program is on reads far ahead (/sys/class/bdi says
# how far), or can't be asked. Above MemoryHigh the kernel takes back the program's text and reads it
# again when it is needed. With so much read ahead each such read takes back as much as it brings, and
# the agent is busy with nothing else. Below this limit it never comes to that.
[Service]
MemoryHigh=${ROOMY_MIB}M
MemoryMax=128M
`;

/**
 * What is to be in a drop-in of the agent's unit so that the agent does not read its program over and
 * over; '' where the unit's own limit does. `undefined`, an unknown read-ahead, takes more room.
 */
export function serviceLimits(readAheadKib: number | undefined): string {
  return readAheadKib !== undefined && readAheadKib <= READ_AHEAD_MAX_KIB ? '' : ROOMY_LIMITS;
}

/** Has the service the room it needs? `undefined` where systemd has no such service. */
export async function checkServiceLimits(
  readAheadKib: number | undefined,
  show = showService,
): Promise<CollectorCheck | undefined> {
  const shown = await show().catch(() => '');
  const [, limit] = /^MemoryHigh=(\d+|infinity)$/m.exec(shown) ?? [];
  if (limit === undefined || !/^LoadState=loaded$/m.test(shown)) return undefined;
  const disk =
    readAheadKib === undefined
      ? 'how far the disk with its program reads ahead is not known'
      : `the disk with its program reads ${readAheadKib} KiB ahead`;
  const bytes = limit === 'infinity' ? Number.POSITIVE_INFINITY : Number(limit);
  const sees = `${limit === 'infinity' ? 'no limit' : `MemoryHigh ${formatBytes(bytes)}`}; ${disk}`;
  if (serviceLimits(readAheadKib) === '' || bytes >= ROOMY_BYTES) return { status: 'ok', sees };
  const mend = `it may read its program over and over, and needs ${ROOMY_MIB} MiB: run the installer again, or put what "hypervigil-agent service-limits" prints into a drop-in of the unit`;
  return { status: 'trouble', sees, mend };
}

async function showService(): Promise<string> {
  const args = ['show', 'hypervigil-agent.service', '--property=LoadState,MemoryHigh'];
  return (await runCommand('systemctl', args, { timeoutMs: 10_000, maxBytes: 64 << 10 })).stdout;
}
