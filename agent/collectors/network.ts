import type { ByteCursor } from '../proc/byte-cursor.ts';
import type { HostFiles } from '../proc/host-files.ts';
import type { Collector } from './collector.ts';
import { Measurements, percentOf, perSecond } from './measurements.ts';

const COLON = 0x3a;

/** How long a link's speed is believed: asking may go to the card's firmware, and it rarely changes. */
const SPEED_VALID_MS = 60_000;

/**
 * Interfaces whose traffic is another's: loopback; the ends of containers' cables (veth, cali, lxc)
 * and of VMs' (vnet, tap, Proxmox' fwpr and fwln): the VM or container has these numbers itself,
 * and there may be hundreds; shaping and dummy devices.
 */
const NOT_A_LINK = /^(lo|(veth|vnet|tap|fwpr|fwln|cali|lxc|ifb|dummy|sit|ip6tnl|tunl|gre)\w*)$/;

/** Counters of one interface since boot. Source: proc_pid_net(5), "dev". */
interface LinkReading {
  readonly receivedBytes: number;
  readonly receivedPackets: number;
  readonly receiveErrors: number;
  readonly receiveDrops: number;
  readonly sentBytes: number;
  readonly sentPackets: number;
  readonly sendErrors: number;
  readonly sendDrops: number;
}

interface Link {
  readonly wanted: boolean;
  readonly labels: { readonly device: string };
  last: LinkReading | undefined;
  bitsPerSecond: number | undefined;
  speedAtMs: number;
}

/**
 * Network interfaces, from /proc/net/dev. Only ports are measured: an interface made of others
 * (bridge, bond, VLAN) repeats the traffic of its parts.
 */
export function createNetworkCollector(files: HostFiles, monotonicMs: () => number): Collector {
  const links = new Map<string, Link>();
  let lastMs = 0;
  return {
    name: 'network',
    async check() {
      const names = [...readNetDev(files).keys()].filter((name) => isPort(files, name));
      if (names.length === 0)
        return { status: 'absent', sees: 'no interfaces but loopback and virtual ones' };
      const described = names.map((name) => describeSpeed(name, readSpeed(files, name)));
      return { status: 'ok', sees: described.join(', ') };
    },
    async collect() {
      const readings = readNetDev(files);
      const nowMs = monotonicMs();
      const out = new Measurements();
      for (const [name, reading] of readings) {
        const link = links.get(name) ?? newLink(files, name);
        links.set(name, link);
        if (!link.wanted) continue;
        if (nowMs - link.speedAtMs >= SPEED_VALID_MS) {
          link.bitsPerSecond = readSpeed(files, name);
          link.speedAtMs = nowMs;
        }
        if (link.last !== undefined) addLink(out, link, link.last, reading, nowMs - lastMs);
        link.last = reading;
      }
      lastMs = nowMs;
      for (const name of links.keys()) {
        if (readings.has(name)) continue;
        links.delete(name);
        files.forget(speedPath(name));
      }
      return out.list;
    },
  };
}

function newLink(files: HostFiles, name: string): Link {
  return {
    wanted: isPort(files, name),
    labels: { device: name },
    last: undefined,
    bitsPerSecond: undefined,
    speedAtMs: Number.NEGATIVE_INFINITY,
  };
}

function addLink(
  out: Measurements,
  { labels, bitsPerSecond }: Link,
  before: LinkReading,
  now: LinkReading,
  elapsedMs: number,
): void {
  const rate = (field: keyof LinkReading) => perSecond(before[field], now[field], elapsedMs);
  const received = rate('receivedBytes');
  const sent = rate('sentBytes');
  out.add('host_network_receive_bytes_per_second', received, labels);
  out.add('host_network_transmit_bytes_per_second', sent, labels);
  out.add('host_network_receive_packets_per_second', rate('receivedPackets'), labels);
  out.add('host_network_transmit_packets_per_second', rate('sentPackets'), labels);
  out.add('host_network_receive_errors_per_second', rate('receiveErrors'), labels);
  out.add('host_network_transmit_errors_per_second', rate('sendErrors'), labels);
  out.add('host_network_receive_drops_per_second', rate('receiveDrops'), labels);
  out.add('host_network_transmit_drops_per_second', rate('sendDrops'), labels);
  const bytesPerSecond = bitsPerSecond === undefined ? undefined : bitsPerSecond / 8;
  out.add('host_network_receive_usage_percent', percentOf(received, bytesPerSecond), labels);
  out.add('host_network_transmit_usage_percent', percentOf(sent, bytesPerSecond), labels);
}

function readNetDev(files: HostFiles): ReadonlyMap<string, LinkReading> {
  const cursor = files.read(`${files.hostProcess}/net/dev`);
  const readings = new Map<string, LinkReading>();
  // Two lines of headings come first; they hold no colon.
  while (cursor.nextLine()) {
    const name = cursor.textBefore(COLON);
    if (name === '') continue;
    const reading = parseCounters(cursor);
    if (!Number.isNaN(reading.sendDrops)) readings.set(name, reading);
  }
  return readings;
}

function parseCounters(cursor: ByteCursor): LinkReading {
  const receivedBytes = cursor.number();
  const receivedPackets = cursor.number();
  const receiveErrors = cursor.number();
  const receiveDrops = cursor.number();
  cursor.skipWords(4); // fifo, frame, compressed, multicast
  const sentBytes = cursor.number();
  const sentPackets = cursor.number();
  const sendErrors = cursor.number();
  const sendDrops = cursor.number();
  return {
    receivedBytes,
    receivedPackets,
    receiveErrors,
    receiveDrops,
    sentBytes,
    sentPackets,
    sendErrors,
    sendDrops,
  };
}

function isPort(files: HostFiles, name: string): boolean {
  if (NOT_A_LINK.test(name)) return false;
  const entries = files.list(`/sys/class/net/${name}`);
  return !entries.some((entry) => entry === 'bridge' || entry.startsWith('lower_'));
}

function speedPath(name: string): string {
  return `/sys/class/net/${name}/speed`;
}

/** Bits per second; `undefined` where the link does not tell (virtual, or no carrier: -1). */
function readSpeed(files: HostFiles, name: string): number | undefined {
  const megabits = files.readIfThere(speedPath(name))?.number();
  return megabits !== undefined && megabits > 0 ? megabits * 1e6 : undefined;
}

function describeSpeed(name: string, bitsPerSecond: number | undefined): string {
  return bitsPerSecond === undefined
    ? `${name} (speed unknown)`
    : `${name} (${bitsPerSecond / 1e6} Mbit/s)`;
}
