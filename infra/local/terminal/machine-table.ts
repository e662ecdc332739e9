import { bar } from './bar.ts';
import type { MachineView, VmView } from './latest.ts';
import { cleanLine, type Paint, type Style, toWidth } from './text.ts';
import { formatBytes, formatDuration, formatPercent } from './units.ts';
import type { HostView } from './view-state.ts';

const STATE_WIDTH = 10;
const PERCENT_WIDTH = 4;
const RATE_WIDTH = 10;
const NAME_MIN = 14;
const NAME_MAX = 40;
const BAR_MIN = 5;
const BAR_MAX = 20;
/** From here on there is room for bytes read and written. */
const DISK_RATE_FROM = 104;
/** Gaps between columns. */
const GAP = ' ';
/** Posts come every few seconds; after this a host's numbers are old. */
const OLD_AFTER_MS = 90_000;

interface Layout {
  readonly name: number;
  readonly bar: number;
  readonly diskRate: boolean;
}

/** Hosts and, indented, their VMs. The first line is the heading; at most `height` lines. */
export function machineTable(
  hosts: Iterable<HostView>,
  width: number,
  height: number,
  nowMs: number,
  paint: Paint,
): string[] {
  const layout = layoutFor(width);
  const rows = [...hosts].flatMap((host) => [
    hostRow(host, layout, nowMs, paint),
    ...host.vms.map((vm) => vmRow(vm, host, layout, nowMs, paint)),
  ]);
  const heading = paint('dim', headingRow(layout));
  if (rows.length < height) return [heading, ...rows];
  const shown = rows.slice(0, Math.max(0, height - 2));
  const left = rows.length - shown.length;
  return [heading, ...shown, paint('dim', `… ${left} more, for which the window is too low`)];
}

/** Two bars, a disk column and two rates always fit into 80 columns. */
function layoutFor(width: number): Layout {
  const diskRate = width >= DISK_RATE_FROM;
  const fixed =
    STATE_WIDTH + 3 * PERCENT_WIDTH + (diskRate ? 3 : 2) * RATE_WIDTH + (diskRate ? 9 : 8);
  const free = Math.max(NAME_MIN + 2 * BAR_MIN, width - fixed);
  const name = Math.min(NAME_MAX, Math.max(NAME_MIN, Math.floor(free / 2)));
  const barWidth = Math.min(BAR_MAX, Math.max(BAR_MIN, Math.floor((free - name) / 2)));
  return { name, bar: barWidth, diskRate };
}

function headingRow({ name, bar: barWidth, diskRate }: Layout): string {
  const gauge = barWidth + 1 + PERCENT_WIDTH;
  return [
    toWidth('HOST / VM', name),
    toWidth('STATE', STATE_WIDTH),
    toWidth('CPU', gauge),
    toWidth('MEMORY', gauge),
    toWidth('DISK', PERCENT_WIDTH, 'right'),
    ...(diskRate ? [toWidth('READ+WRITE', RATE_WIDTH, 'right')] : []),
    toWidth('RECEIVE', RATE_WIDTH, 'right'),
    toWidth('TRANSMIT', RATE_WIDTH, 'right'),
  ].join(GAP);
}

function hostRow(host: HostView, layout: Layout, nowMs: number, paint: Paint): string {
  const ageMs = nowMs - host.lastSampleMs;
  const [style, state]: [Style, string] =
    host.up === false
      ? ['red', 'down']
      : ageMs > OLD_AFTER_MS
        ? ['yellow', `${formatDuration(ageMs)} ago`]
        : ['green', 'up'];
  const name = paint('bold', toWidth(cleanLine(host.host), layout.name));
  return row(name, paint(style, toWidth(state, STATE_WIDTH)), host, layout, paint);
}

function vmRow(vm: VmView, host: HostView, layout: Layout, nowMs: number, paint: Paint): string {
  const name = toWidth(`  ${cleanLine(vm.name)}`, layout.name);
  // Nothing is known of the VMs of a dark host but what was last seen.
  const dark = host.up === false || nowMs - host.lastSampleMs > OLD_AFTER_MS;
  const [style, state] = dark ? (['dim', 'unknown'] as const) : vmState(vm);
  return row(name, paint(style, toWidth(state, STATE_WIDTH)), vm, layout, paint);
}

/** libvirt's states, by its numbers. Source: libvirt-domain.h, virDomainState. */
const VM_STATES: readonly (readonly [Style, string])[] = [
  ['yellow', 'no state'],
  ['green', 'running'],
  ['yellow', 'blocked'],
  ['yellow', 'paused'],
  ['yellow', 'stopping'],
  ['dim', 'off'],
  ['red', 'crashed'],
  ['dim', 'suspended'],
];

function vmState({ stateNumber, reason }: VmView): readonly [Style, string] {
  if (reason === 'hung' || reason === 'crashed') return ['red', reason];
  return VM_STATES[stateNumber] ?? ['yellow', `state ${stateNumber}`];
}

function row(
  name: string,
  state: string,
  machine: MachineView,
  layout: Layout,
  paint: Paint,
): string {
  return [
    name,
    state,
    gauge(machine.cpuPercent, layout.bar, paint),
    gauge(machine.memoryPercent, layout.bar, paint),
    percent(machine.diskPercent),
    ...(layout.diskRate ? [rate(machine.diskBytesPerSecond)] : []),
    rate(machine.receiveBytesPerSecond),
    rate(machine.transmitBytesPerSecond),
  ].join(GAP);
}

function gauge(value: number | undefined, width: number, paint: Paint): string {
  return `${bar(value, width, paint)} ${percent(value)}`;
}

function percent(value: number | undefined): string {
  return toWidth(value === undefined ? '-' : formatPercent(value), PERCENT_WIDTH, 'right');
}

function rate(bytesPerSecond: number | undefined): string {
  const text = bytesPerSecond === undefined ? '-' : `${formatBytes(bytesPerSecond)}/s`;
  return toWidth(text, RATE_WIDTH, 'right');
}
