import type { StopReason, StopReasonPorts } from '../stop-reason.ts';

/** A shutdown goes on for no longer; one that was announced for later stops the agent only then. */
const SHUTDOWN_WITHIN_MS = 15 * 60_000;

/**
 * The newest event that says a shutdown was begun (1074) or called off (1075), as XML: the same in
 * every language. Source: Microsoft, event log "System", provider User32.
 */
const QUERY = [
  ...['qe', 'System', '/c:1', '/rd:true', '/f:xml'],
  "/q:*[System[Provider[@Name='User32'] and (EventID=1074 or EventID=1075)]]",
];

/**
 * Whether Windows goes down now: a shutdown was begun since it has booted, a little while ago, and
 * not called off. `stopped` where that can't be found out.
 */
export async function findWindowsStopReason(
  run: StopReasonPorts['run'],
  nowMs: number,
  uptimeMs: number,
): Promise<StopReason> {
  const xml = (await run('wevtutil.exe', QUERY)) ?? '';
  const isBegun = /<EventID\b[^>]*>1074<\/EventID>/.test(xml);
  const atMs = Date.parse(/<TimeCreated SystemTime=['"]([^'"]+)['"]/.exec(xml)?.[1] ?? '');
  const isOfThisBoot = atMs > nowMs - uptimeMs;
  return isBegun && isOfThisBoot && nowMs - atMs < SHUTDOWN_WITHIN_MS ? 'shutdown' : 'stopped';
}
