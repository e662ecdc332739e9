import type { AgentFile, AgentPlatform, AgentRelease } from '../../core/agent-release/release.ts';
import { compareVersions } from '../../core/agent-release/version-order.ts';
import type { Verdict } from './state-files.ts';

/** What the updater was asked for. */
export interface Wish {
  /** By a timer, where the configuration allows it; else by a person. */
  readonly isByPolicy: boolean;
  /** Also what is there already. */
  readonly isReinstall: boolean;
  readonly mayDowngrade: boolean;
  /** This version or none. */
  readonly version: string | undefined;
}

export type Choice =
  | { readonly kind: 'install'; readonly file: AgentFile }
  /** All is as it should be, or as it has to be. */
  | { readonly kind: 'nothing'; readonly line: string }
  | { readonly kind: 'refused'; readonly line: string };

/** What was not a version's fault may be over after a day; a download each hour would cost more. */
const UNCLEAR_MS = 24 * 3_600_000;

/** Whether the offered release is to be installed in place of the version in use. */
export function choose(
  offered: AgentRelease,
  platform: AgentPlatform,
  inUse: string,
  wish: Wish,
  verdicts: readonly Verdict[],
  nowMs: number,
): Choice {
  const { version } = offered;
  if (wish.version !== undefined && wish.version !== version) {
    return refused(`the deployment offers ${version}, and neither it nor this host has another`);
  }
  const file = offered.files.find((one) => one.platform === platform);
  if (file === undefined) return refused(`${version} is not offered for ${platform}`);
  const order = compareVersions(version, inUse);
  if (order === 0 && !wish.isReinstall) return nothing(`${inUse} is what the deployment offers`);
  if (order < 0 && !wish.mayDowngrade) {
    const line = `the deployment offers ${version}, older than ${inUse}`;
    if (wish.isByPolicy) return nothing(line);
    return refused(`${line}: --allow-downgrade installs it`);
  }
  const verdict = verdicts.find(({ sha256 }) => sha256 === file.unpackedSha256);
  if (wish.isByPolicy && verdict !== undefined && holds(verdict, nowMs)) {
    return nothing(`${version} is not tried again by policy: ${describe(verdict)}`);
  }
  return { kind: 'install', file };
}

/** `it did not post within 180 s (2026-11-23 07:00 UTC)` */
function describe({ reason, atMs }: Verdict): string {
  return `it ${reason} (${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC)`;
}

/** A clock that was set back makes none last for ever. */
function holds({ kind, atMs }: Verdict, nowMs: number): boolean {
  return kind === 'bad' || Math.abs(nowMs - atMs) < UNCLEAR_MS;
}

function nothing(line: string): Choice {
  return { kind: 'nothing', line };
}

function refused(line: string): Choice {
  return { kind: 'refused', line };
}
