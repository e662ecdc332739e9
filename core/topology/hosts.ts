import { type HostSamples, lateAfterMs, silentAfterMs } from '../alerting/up.ts';
import { MINUTE_MS } from '../host-minute.ts';
import { DAY_MS } from '../time.ts';
import type { ObservedHost } from './observe.ts';
import type { HostCondition, HostState } from './topology-state.ts';

/** A host silent for so long was taken out of service. */
export const FORGET_MS = 7 * DAY_MS;

/** The hosts as they are now, by name: those of the window, and those that have left it in silence. */
export function stepHosts(
  before: readonly HostState[],
  seen: readonly HostSamples[],
  observed: ReadonlyMap<string, ObservedHost>,
  isMaintained: (host: string) => boolean,
  nowMs: number,
): Map<string, HostState> {
  const known = new Map(before.map((state) => [state.host, state]));
  const samples = new Map(seen.map((one) => [one.host, one]));
  const hosts = new Map<string, HostState>();
  for (const host of new Set([...known.keys(), ...samples.keys()])) {
    const heard = withHeard(host, known.get(host), samples.get(host), observed.get(host));
    if (nowMs - heard.lastMs >= FORGET_MS) continue;
    const condition = isMaintained(host) ? 'maintenance' : conditionOf(heard, nowMs);
    hosts.set(host, { ...heard, condition });
  }
  return hosts;
}

/** Is nothing heard of a host, for whatever reason? A host that says it stops is silent at once. */
export function isSilent(host: HostState, nowMs: number): boolean {
  return saidGoodbye(host) || nowMs - host.lastMs >= silentAfterMs(host.batchIntervalMs);
}

/** Should a batch have come by now? What is missing of such a host has not ended for that. */
export function isLate(host: HostState, nowMs: number): boolean {
  return saidGoodbye(host) || nowMs - host.lastMs >= lateAfterMs(host.batchIntervalMs);
}

/** An agent that starts before libvirt says nothing of it for as long as it has not found it. */
const LIBVIRT_UNHEARD_MS = 2 * MINUTE_MS;

/** Its libvirt does not answer, or is not spoken of, while the host itself is heard. */
export function isLibvirtDown({ libvirtUpMs, libvirtDownMs, lastMs }: HostState): boolean {
  if (libvirtDownMs !== undefined && libvirtDownMs > (libvirtUpMs ?? 0)) return true;
  return libvirtUpMs !== undefined && lastMs - libvirtUpMs >= LIBVIRT_UNHEARD_MS;
}

function saidGoodbye({ stopped, lastMs }: HostState): boolean {
  return stopped !== undefined && stopped.atMs >= lastMs;
}

function conditionOf(host: HostState, nowMs: number): HostCondition {
  if (!isSilent(host, nowMs)) return 'up';
  return host.stopped !== undefined && saidGoodbye(host) ? host.stopped.reason : 'dark';
}

function withHeard(
  host: string,
  known: HostState | undefined,
  samples: HostSamples | undefined,
  observed: ObservedHost | undefined,
): HostState {
  const batchIntervalMs = samples?.batchIntervalMs ?? known?.batchIntervalMs;
  const stopped =
    (observed?.stopped?.atMs ?? 0) > (known?.stopped?.atMs ?? 0)
      ? observed?.stopped
      : known?.stopped;
  const libvirtUpMs = later(known?.libvirtUpMs, observed?.libvirtUp.at(-1));
  const libvirtDownMs = later(known?.libvirtDownMs, observed?.libvirtDownMs);
  return {
    host,
    condition: 'up',
    lastMs: Math.max(known?.lastMs ?? 0, samples?.timestamps.at(-1) ?? 0),
    ...(batchIntervalMs === undefined ? {} : { batchIntervalMs }),
    ...(stopped === undefined ? {} : { stopped }),
    ...(libvirtUpMs === undefined ? {} : { libvirtUpMs }),
    ...(libvirtDownMs === undefined ? {} : { libvirtDownMs }),
  };
}

function later(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : Math.max(a, b ?? a);
}
