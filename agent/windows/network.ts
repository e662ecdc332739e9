import { Background } from '../collectors/background.ts';
import type { Collector } from '../collectors/collector.ts';
import { Measurements, percentOf } from '../collectors/measurements.ts';
import { cimClass, cimNumber, cimText, type RowOf } from './cim.ts';
import { countPerSecond, TICK_CLOCK } from './counters.ts';
import type { PowerShell } from './powershell.ts';
import { rowsOf } from './read-rows.ts';

/** All but the bandwidth are PERF_COUNTER_COUNTER or PERF_COUNTER_BULK_COUNT; errors are plain counts. */
const LINKS = cimClass('Win32_PerfRawData_Tcpip_NetworkInterface', {
  ...TICK_CLOCK,
  Name: cimText,
  BytesReceivedPersec: cimNumber,
  BytesSentPersec: cimNumber,
  PacketsReceivedPersec: cimNumber,
  PacketsSentPersec: cimNumber,
  PacketsReceivedErrors: cimNumber,
  PacketsOutboundErrors: cimNumber,
  PacketsReceivedDiscarded: cimNumber,
  PacketsOutboundDiscarded: cimNumber,
  /** Bits per second. */
  CurrentBandwidth: cimNumber,
});

/** What adapters are, by the identifiers of their drivers: the same in every language. */
const ADAPTERS = cimClass(
  'MSFT_NetAdapter',
  { InterfaceDescription: cimText, ComponentID: cimText },
  { namespace: 'root/StandardCimv2' },
);

const ADAPTERS_EVERY_MS = 5 * 60_000;

/**
 * Adapters made of others, whose traffic is counted at their parts: ports of a virtual switch in the
 * host, teams, bridges, and what filters them.
 */
const MADE_OF_OTHERS = /^(vms_\w+|ms_implat|ms_bridge\w*|compositebus.*vms_\w+)$/i;

/** Interfaces that only talk to this machine, or repeat the traffic of another. */
const NOT_A_LINK =
  /^(isatap|Teredo|6TO4|Microsoft Loopback|MS TCP Loopback|Software Loopback)\b|Loopback Pseudo-Interface|^WAN Miniport\b|Kernel Debug Network/i;

type Link = RowOf<typeof LINKS>;

/** Network interfaces, by the names that the Performance Monitor gives them. */
export function createWindowsNetworkCollector(
  powerShell: PowerShell,
  monotonicMs: () => number,
): Collector {
  const adapters = new Background(ADAPTERS_EVERY_MS, monotonicMs, () =>
    readMadeOfOthers(powerShell),
  );
  let before: ReadonlyMap<string, Link> = new Map();
  return {
    name: 'network',
    async check() {
      const madeOfOthers = await readMadeOfOthers(powerShell);
      const names = [...(await readLinks(powerShell, madeOfOthers)).keys()];
      if (names.length === 0) return { status: 'absent', sees: 'no network interfaces' };
      return { status: 'ok', sees: names.join(', ') };
    },
    async collect() {
      adapters.latest();
      await adapters.settled();
      const known = adapters.latest();
      if (known.kind === 'failed') throw known.error;
      const now = await readLinks(powerShell, known.kind === 'value' ? known.value : new Set());
      const out = new Measurements();
      for (const [device, link] of now) addLink(out, { device }, before.get(device), link);
      before = now;
      return out.list;
    },
    close: () => adapters.settled(),
  };
}

async function readMadeOfOthers(powerShell: PowerShell): Promise<ReadonlySet<string>> {
  const rows = await rowsOf(powerShell, ADAPTERS);
  return new Set(
    rows.flatMap(({ InterfaceDescription: name, ComponentID: id = '' }) =>
      name !== undefined && MADE_OF_OTHERS.test(id) ? [counterName(name)] : [],
    ),
  );
}

/**
 * An adapter's name as performance counters have it. Source: Microsoft, PerformanceCounter.InstanceName:
 * ( ) # \ / are replaced.
 */
export function counterName(description: string): string {
  return description
    .replaceAll('(', '[')
    .replaceAll(')', ']')
    .replaceAll(/[#\\/]/g, '_');
}

async function readLinks(
  powerShell: PowerShell,
  madeOfOthers: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Link>> {
  const links = new Map<string, Link>();
  for (const link of await rowsOf(powerShell, LINKS)) {
    const { Name: name } = link;
    if (name === undefined || NOT_A_LINK.test(name) || madeOfOthers.has(name)) continue;
    links.set(name, link);
  }
  return links;
}

function addLink(
  out: Measurements,
  labels: { readonly device: string },
  before: Link | undefined,
  now: Link,
): void {
  const rate = (field: Exclude<keyof Link, 'Name'>) =>
    countPerSecond(before, now, before?.[field], now[field]);
  const received = rate('BytesReceivedPersec');
  const sent = rate('BytesSentPersec');
  out.add('host_network_receive_bytes_per_second', received, labels);
  out.add('host_network_transmit_bytes_per_second', sent, labels);
  out.add('host_network_receive_packets_per_second', rate('PacketsReceivedPersec'), labels);
  out.add('host_network_transmit_packets_per_second', rate('PacketsSentPersec'), labels);
  out.add('host_network_receive_errors_per_second', rate('PacketsReceivedErrors'), labels);
  out.add('host_network_transmit_errors_per_second', rate('PacketsOutboundErrors'), labels);
  out.add('host_network_receive_drops_per_second', rate('PacketsReceivedDiscarded'), labels);
  out.add('host_network_transmit_drops_per_second', rate('PacketsOutboundDiscarded'), labels);
  const bytesPerSecond = now.CurrentBandwidth === undefined ? undefined : now.CurrentBandwidth / 8;
  out.add('host_network_receive_usage_percent', percentOf(received, bytesPerSecond), labels);
  out.add('host_network_transmit_usage_percent', percentOf(sent, bytesPerSecond), labels);
}
