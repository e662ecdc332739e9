import { READ_ONLY_SOCKETS } from '../libvirt/client.ts';
import { createDomainReader } from '../libvirt/domain-reader.ts';
import { type EventWatch, watchEvents } from '../libvirt/event-watch.ts';
import type { RpcError } from '../libvirt/rpc.ts';
import { type DomainReading, vmMeasurements } from '../libvirt/vm-measurements.ts';
import type { Collector, CollectorCheck } from './collector.ts';

export interface LibvirtOptions {
  /** A clock that never goes back, ms. */
  readonly monotonicMs: () => number;
  /** Sockets to try, the first one first; the usual read-only ones by default. */
  readonly sockets?: readonly string[];
}

/**
 * The VMs of this host through libvirt, found without configuration where libvirt has its socket. It
 * speaks to the read-only socket, so it needs no rights and can change nothing.
 */
export function createLibvirtCollector(options: LibvirtOptions): Collector {
  const sockets = options.sockets ?? READ_ONLY_SOCKETS;
  const reader = createDomainReader(sockets, options.monotonicMs);
  let last: ReadonlyMap<string, DomainReading> = new Map();
  let wasSeen = false;
  let events: EventWatch | undefined;

  return {
    name: 'libvirt',
    check: async () => {
      const read = await reader.read(CHECK_TIMEOUT_MS);
      return read.ok ? describe(read.value) : explain(read.error);
    },
    async collect({ nowMs, withinMs }) {
      const read = await reader.read(withinMs);
      // No libvirt on this host is nothing wrong, but one that went away is.
      if (!read.ok && read.error.code === 'absent' && !wasSeen) return 'absent';
      if (!read.ok) throw new Error(read.error.message);
      wasSeen = true;
      const measurements = read.value.flatMap((reading) =>
        vmMeasurements(last.get(reading.stats.uuid), reading, nowMs),
      );
      last = new Map(read.value.map((reading) => [reading.stats.uuid, reading]));
      return measurements;
    },
    watch(onTrouble) {
      events = watchEvents(sockets, onTrouble);
    },
    close: async () => {
      events?.close();
      reader.close();
    },
  };
}

const CHECK_TIMEOUT_MS = 10_000;

function describe(readings: readonly DomainReading[]): CollectorCheck {
  const names = readings.map(({ stats }) => stats.name).sort();
  const hung = readings.filter((reading) => reading.hung).map(({ stats }) => stats.name);
  const vms = `${names.length} ${names.length === 1 ? 'VM' : 'VMs'}`;
  const shown = names.slice(0, 10).join(', ') + (names.length > 10 ? ' ...' : '');
  const sees = names.length === 0 ? 'libvirt, no VMs' : `${vms}: ${shown}`;
  if (hung.length === 0) return { status: 'ok', sees };
  return { status: 'trouble', sees, mend: `hung, look at their processes: ${hung.join(', ')}` };
}

function explain(error: RpcError): CollectorCheck {
  if (error.code === 'absent') return { status: 'absent', sees: 'no libvirt here' };
  const mend = {
    denied:
      'let the user of the agent read: its group as unix_sock_group in libvirtd.conf, or root',
    refused: 'start libvirtd (or virtqemud)',
    timeout: 'libvirtd does not answer: look at its log, restart it',
    closed: 'libvirtd closes the connection: look at its log',
    protocol: 'something else than libvirtd answers there',
    libvirt: 'libvirtd answers with this error: look at its log',
  }[error.code];
  return { status: 'trouble', sees: error.message, mend };
}
