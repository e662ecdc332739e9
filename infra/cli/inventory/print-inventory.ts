import type { Style } from '../../local/terminal/text.ts';
import { formatBytes } from '../../local/terminal/units.ts';
import { counted } from '../count.ts';
import { labelsText } from '../label-text.ts';
import { type Cell, type Column, printTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { formatSpan, formatTime } from '../time-text.ts';
import type { ListedHost, ListedVm, Placement } from './inventory-schemas.ts';
import type { Listed } from './read-inventory.ts';

/** A tick comes once a minute. */
const OLD_MS = 5 * 60_000;

/** `hypervigil hosts`; `isNow` is false for another time, of which states and VMs are not told. */
export function printHosts(
  { all, asOfMs }: Listed<ListedHost>,
  isNow: boolean,
  terminal: Terminal,
  nowMs: number,
): void {
  if (all.length === 0) {
    terminal.print('No host found.');
    return;
  }
  printTable(
    terminal,
    [
      ...(isNow ? titled('STATE') : []),
      ...titled('HOST', 'LAST SEEN', 'KNOWN FOR>'),
      ...(isNow ? titled('VMS>') : []),
      ...titled('CPUS>', 'MEMORY>', 'AGENT', 'SYSTEM', 'TAGS'),
    ],
    all.map((host) => hostRow(host, isNow, nowMs)),
  );
  terminal.print('');
  const found = counted(all.length, 'host');
  terminal.print(isNow ? `${found}: ${countStates(all)}` : found);
  if (isNow) noteAge(asOfMs, terminal, nowMs);
}

function hostRow(host: ListedHost, isNow: boolean, nowMs: number): Cell[] {
  const { state = '', vms = { running: 0, other: 0 }, silentSince, formerNames } = host;
  const total = vms.running + vms.other;
  const running = vms.other === 0 ? `${total}` : `${vms.running} of ${total}`;
  const within = host.virtualization === undefined ? undefined : `within ${host.virtualization}`;
  const system = [host.os, host.kernel, host.hypervisor, within].filter((one) => one !== undefined);
  return [
    ...(isNow ? [{ text: state, style: stateStyle(state) }] : []),
    host.host,
    isNow && silentSince === undefined ? 'now' : formatTime(silentSince ?? host.lastSeen),
    formatSpan(nowMs - host.firstSeen),
    ...(isNow ? [total === 0 ? '-' : running] : []),
    host.cpuCount === undefined ? '-' : `${host.cpuCount}`,
    host.memoryBytes === undefined ? '-' : formatBytes(host.memoryBytes),
    host.agentVersion ?? '-',
    system.join(', ') || '-',
    [labelsText(host.tags), ...formerNames.map((name) => `(was ${name})`)].join(' ').trim(),
  ];
}

/** `hypervigil vms`; `isNow` is false for another time, of which states are not known. */
export function printVms(
  { all, asOfMs }: Listed<ListedVm>,
  isNow: boolean,
  terminal: Terminal,
  nowMs: number,
): void {
  if (all.length === 0) {
    terminal.print('No VM found.');
    return;
  }
  const states = titled('STATE', 'FOR>');
  printTable(
    terminal,
    [
      ...(isNow ? states : []),
      ...titled('VM', 'HOST', 'VCPUS>', 'MEMORY>', 'KNOWN FOR>', 'UUID', 'TAGS OF ITS HOST'),
    ],
    all.map((vm) => vmRow(vm, isNow, nowMs)),
  );
  terminal.print('');
  const hosts = new Set(all.flatMap(({ host }) => host ?? [])).size;
  const placed = `${counted(all.length, 'VM')} on ${counted(hosts, 'host')}`;
  terminal.print(isNow ? `${placed}: ${countStates(all)}` : placed);
  if (isNow) noteAge(asOfMs, terminal, nowMs);
}

function vmRow(vm: ListedVm, isNow: boolean, nowMs: number): Cell[] {
  const { state = '', stateSince, alsoOn, formerNames } = vm;
  const also = alsoOn.map((one) => `${one.host} ${one.state}`).join(', ');
  const former = formerNames.length === 0 ? '' : ` (was ${formerNames.join(', ')})`;
  return [
    ...(isNow
      ? [
          { text: state, style: stateStyle(state) },
          stateSince === undefined ? '-' : formatSpan(nowMs - stateSince),
        ]
      : []),
    `${vm.name}${former}`,
    `${vm.host ?? '-'}${also === '' ? '' : ` (also on ${also})`}`,
    vm.vcpus === undefined ? '-' : `${vm.vcpus}`,
    vm.memoryBytes === undefined ? '-' : formatBytes(vm.memoryBytes),
    formatSpan(nowMs - vm.firstSeen),
    vm.uuid,
    labelsText(vm.tags),
  ];
}

/** `hypervigil vms --history`: where each was, in words. */
export function printHistories({ all }: Listed<ListedVm>, terminal: Terminal, nowMs: number): void {
  if (all.length === 0) terminal.print('No VM found.');
  all.forEach((vm, i) => {
    if (i > 0) terminal.print('');
    const former = vm.formerNames.length === 0 ? '' : `, before that ${vm.formerNames.join(', ')}`;
    const state = vm.state === undefined ? '' : `: ${vm.state}`;
    const title = `${terminal.paint('bold', vm.name)} (${vm.uuid})${former}${state}`;
    terminal.print(title);
    for (const line of historyLines(vm, nowMs)) terminal.print(`  ${line}`);
  });
}

function historyLines({ placements = [], firstSeen, lastSeen }: ListedVm, nowMs: number): string[] {
  if (placements.length === 0)
    return [`seen from ${formatTime(firstSeen)} to ${formatTime(lastSeen)}; no host had it`];
  const wide = Math.max(...placements.map(({ host }) => host.length));
  return placements.flatMap((place, i) => {
    const before = placements[i - 1];
    const freeMs = place.from - (before?.to ?? place.from);
    const gap = freeMs > 0 ? [`${''.padEnd(wide)}  on no host for ${formatSpan(freeMs)}`] : [];
    return [...gap, `${place.host.padEnd(wide)}  ${placementText(place, nowMs)}`];
  });
}

function placementText({ from, to }: Placement, nowMs: number): string {
  const spanMs = (to ?? nowMs) - from;
  if (to === undefined) return `since ${formatTime(from)}, for ${formatSpan(spanMs)}`;
  return `from ${formatTime(from)} to ${formatTime(to)}, for ${formatSpan(spanMs)}`;
}

/** Titles; one that ends with `>` is of a column of numbers. */
function titled(...titles: readonly string[]): Column[] {
  return titles.map((title) =>
    title.endsWith('>') ? { title: title.slice(0, -1), align: 'right' } : { title, align: 'left' },
  );
}

function stateStyle(state: string): Style {
  if (state === 'up' || state === 'running') return 'green';
  if (['silent', 'crashed', 'panicked', 'failed', 'hung', 'ioerror'].includes(state)) return 'red';
  if (['maintenance', 'unknown', 'paused', 'busy', 'leaving'].includes(state)) return 'yellow';
  return 'dim';
}

function countStates(all: readonly { readonly state?: string }[]): string {
  const counts = new Map<string, number>();
  for (const { state = '' } of all) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');
}

function noteAge(asOfMs: number | null, terminal: Terminal, nowMs: number): void {
  if (asOfMs === null) terminal.note('Nothing was evaluated yet: states are not known.');
  else if (nowMs - asOfMs > OLD_MS)
    terminal.note(`States are those of ${formatTime(asOfMs)}: nothing was evaluated since.`);
}
