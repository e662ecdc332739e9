import { cleanLine } from './text.ts';
import { formatBytes, formatPercent } from './units.ts';
import type { HostView, MessageView } from './view-state.ts';

/** A line for a log: the time (UTC) and what happened. */
export function logLine(nowMs: number, what: string): string {
  return `${new Date(nowMs).toISOString().slice(0, 19)}Z ${cleanLine(what)}`;
}

/** `pve1: cpu 12%, memory 34%, disk 0.4% busy, receive 1.2 KiB/s, transmit 3 KiB/s; 3 of 4 VMs running` */
export function hostSummary(host: HostView): string {
  const numbers = [
    part('cpu', host.cpuPercent, formatPercent),
    part('memory', host.memoryPercent, formatPercent),
    part('disk busy', host.diskPercent, formatPercent),
    part('receive', host.receiveBytesPerSecond, perSecond),
    part('transmit', host.transmitBytesPerSecond, perSecond),
  ].filter((text) => text !== undefined);
  const running = host.vms.filter((vm) => vm.stateNumber === 1 && vm.reason !== 'hung').length;
  const vms = host.vms.length === 0 ? '' : `; ${running} of ${host.vms.length} VMs running`;
  return `${host.host}: ${numbers.join(', ')}${vms}`;
}

/** The subject as a log line, the text indented below it. */
export function messageLines(message: MessageView): string[] {
  const body = message.text.trim().split('\n');
  return [
    logLine(message.atMs, `message: ${message.subject}`),
    ...body.map((line) => `    ${cleanLine(line)}`.trimEnd()),
  ];
}

function part(
  name: string,
  value: number | undefined,
  format: (value: number) => string,
): string | undefined {
  return value === undefined ? undefined : `${name} ${format(value)}`;
}

function perSecond(bytes: number): string {
  return `${formatBytes(bytes)}/s`;
}
