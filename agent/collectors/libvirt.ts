import { userInfo } from 'node:os';
import { READ_ONLY_SOCKETS, SESSION_URI, SYSTEM_URI, sessionSockets } from '../libvirt/client.ts';
import { createDomainReader, type DomainReader } from '../libvirt/domain-reader.ts';
import { type EventWatch, watchEvents } from '../libvirt/event-watch.ts';
import { LastWords } from '../libvirt/last-words.ts';
import type { DomainRef } from '../libvirt/procedures.ts';
import { createVirshReader, type RunVirsh } from '../libvirt/virsh-reader.ts';
import { mendOf, type ReadError } from '../libvirt/virsh-trouble.ts';
import { type DomainReading, type Hypervisor, vmMeasurements } from '../libvirt/vm-measurements.ts';
import { runCommand } from '../run-command.ts';
import type { Collector, CollectorCheck } from './collector.ts';

export interface LibvirtOptions {
  /** A clock that never goes back, ms. */
  readonly monotonicMs: () => number;
  /** Whose VMs: an address of libvirt; those of this host's system by default. */
  readonly uri?: string | undefined;
  /** Sockets to try, the first one first; the usual read-only ones by default. */
  readonly sockets?: readonly string[];
  /** Runs virsh, for an address that is neither this host's system nor its session. */
  readonly runVirsh?: RunVirsh;
}

/**
 * The VMs of this host through libvirt, found without configuration where libvirt has its socket. It
 * speaks to the read-only socket, so it needs no rights and can change nothing. Or those of another
 * libvirt that is named by its address, through virsh.
 */
export function createLibvirtCollector(options: LibvirtOptions): Collector {
  const { uri } = options;
  const { reader, hypervisor, watch } = sourceOf(options);
  let last: ReadonlyMap<string, DomainReading> = new Map();
  /** An event about a VM may come just after the sample that misses it. */
  let beforeLast = last;
  const lastWords = new LastWords(options.monotonicMs);
  let wasSeen = false;
  let events: EventWatch | undefined;

  return {
    name: 'libvirt',
    check: async () => {
      const read = await reader.read(CHECK_TIMEOUT_MS);
      return read.ok ? describe(read.value, uri) : explain(read.error, uri);
    },
    async collect({ nowMs, withinMs }) {
      const read = await reader.read(withinMs);
      // No libvirt on this host is nothing wrong, but one that went away or was asked for is.
      const isMissed = wasSeen || uri !== undefined;
      if (!read.ok && read.error.code === 'absent' && !isMissed) return 'absent';
      if (!read.ok) throw new Error(read.error.message);
      wasSeen = true;
      const readings = lastWords.with(read.value);
      const measurements = readings.flatMap((reading) =>
        vmMeasurements(last.get(reading.stats.uuid), reading, nowMs, hypervisor),
      );
      beforeLast = last;
      last = new Map(readings.map((reading) => [reading.stats.uuid, reading]));
      return measurements;
    },
    watch(onTrouble) {
      events = watch?.((died) => {
        if (died !== undefined)
          lastWords.note(died, last.get(died.uuid) ?? beforeLast.get(died.uuid));
        onTrouble();
      });
    },
    close: async () => {
      events?.close();
      reader.close();
    },
  };
}

/** Where VMs are read from. Without `watch` nobody tells of events: samples find what happened. */
interface Source {
  readonly reader: DomainReader;
  readonly hypervisor?: Hypervisor;
  readonly watch?: (onTrouble: (died?: DomainRef) => void) => EventWatch;
}

function sourceOf({ monotonicMs, uri = SYSTEM_URI, ...options }: LibvirtOptions): Source {
  if (uri !== SYSTEM_URI && uri !== SESSION_URI) {
    const reader = createVirshReader(uri, options.runVirsh ?? runVirsh, monotonicMs);
    return { reader, hypervisor: hypervisorAt(uri) };
  }
  const usual =
    uri === SYSTEM_URI
      ? READ_ONLY_SOCKETS
      : sessionSockets(process.env['XDG_RUNTIME_DIR'], process.getuid?.() ?? 0);
  const sockets = options.sockets ?? usual;
  return {
    reader: createDomainReader(sockets, monotonicMs, uri),
    watch: (onTrouble) => watchEvents(sockets, onTrouble, undefined, uri),
  };
}

/** 5,000 VMs, as for an answer on the socket. */
const OUTPUT_MAX_BYTES = 16 << 20;

const runVirsh: RunVirsh = (args, timeoutMs) =>
  runCommand('virsh', args, { timeoutMs, maxBytes: OUTPUT_MAX_BYTES });

/** `qemu+ssh://root@hv2/system?keyfile=K` is `qemu` at `qemu+ssh://hv2/system`. */
function hypervisorAt(uri: string): Hypervisor {
  const [, scheme = '', driver = '', rest = ''] = /^(([^+:]+)[^:]*):\/\/([^?#]*)/.exec(uri) ?? [];
  const place = rest.replace(/^[^/]*@/, '');
  return { hypervisor: driver, connection: `${scheme}://${place}` };
}

const CHECK_TIMEOUT_MS = 9000; // the check itself is given 10 s

function describe(readings: readonly DomainReading[], uri: string | undefined): CollectorCheck {
  const names = readings.map(({ stats }) => stats.name).sort();
  const hung = readings.filter((reading) => reading.hung).map(({ stats }) => stats.name);
  const vms = `${names.length} ${names.length === 1 ? 'VM' : 'VMs'}`;
  const at = uri === undefined ? '' : ` at ${uri}`;
  const shown = names.slice(0, 10).join(', ') + (names.length > 10 ? ' ...' : '');
  const sees = names.length === 0 ? `libvirt${at}, no VMs` : `${vms}${at}: ${shown}`;
  if (hung.length === 0) return { status: 'ok', sees };
  return { status: 'trouble', sees, mend: `hung, look at their processes: ${hung.join(', ')}` };
}

function explain(error: ReadError, uri: string | undefined): CollectorCheck {
  if (error.code === 'absent' && uri === undefined) {
    return { status: 'absent', sees: 'no libvirt here' };
  }
  return { status: 'trouble', sees: error.message, mend: mendOf(error, uri, userName()) };
}

/** A user of a container may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.()}`;
  }
}
