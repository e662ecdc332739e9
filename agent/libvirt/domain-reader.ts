import { setTimeout as sleep } from 'node:timers/promises';
import { err, ok, type Result } from '../../core/result.ts';
import { openLibvirt } from './client.ts';
import { type Jobs, readJobs } from './domain-jobs.ts';
import {
  ALL_DOMAIN_STATS,
  CONTROL_STATE,
  DOMAIN_CONTROL_INFO,
  type DomainRecord,
  type DomainRef,
  STATS_GROUP,
  STATS_NO_WAIT,
} from './procedures.ts';
import type { RpcConnection, RpcError } from './rpc.ts';
import { hasAnswered, hasProcess, SilentDomains, type Verdict } from './silent-domains.ts';
import { domainStats } from './stats.ts';
import type { ReadError } from './virsh-trouble.ts';
import type { DomainReading } from './vm-measurements.ts';

/*
 * How one hung VM costs only its own numbers. All VMs are asked in one call, and that one call
 * blocks for ever at a VM whose process answers no more, holding one of libvirtd's some 20 workers;
 * there is no way to cancel it. Measured with libvirt 9.0:
 * - the blocked call holds the hung VM's job lock. A second call with NOWAIT passes that VM over and
 *   answers in some 15 ms with all numbers of the others; without NOWAIT it waits 30 s for the lock;
 * - "control info" needs no lock and is answered at once: it says of which VM's monitor a command
 *   awaits its answer, and since when. So nothing has to be guessed from what is missing (but see
 *   silent-domains.ts for a VM that libvirt has a job with);
 * - when the VM goes on or its process ends, the blocked call is answered.
 * So a call that is not answered in time is left alone on its connection, as the one call that holds
 * the lock, and the others are made with NOWAIT on another until it is answered. A second VM that
 * hangs blocks one more, and so on: one call for each hung VM, whatever the number of samples.
 */

/** Bounds the workers of libvirtd we may hold: the fifth VM that hangs is one too many. */
const STUCK_MAX_COUNT = 4;
/** With all of those stuck, only what never blocks is asked: states, and which VMs hang. */
const GROUPS_WITHOUT_MONITOR = STATS_GROUP.state;
const GROUPS = Object.values(STATS_GROUP).reduce((all, group) => all | group, 0);

/**
 * How the time of a sample is divided, so that none is lost whole, however many VMs hang: the calls
 * that get stuck (4 x 0.2, or 0.8 and one of less) leave room for the one that never blocks.
 */
const SHARE = {
  /** Each step of connecting. */
  open: 0.4,
  /** The first call after libvirtd's start takes almost 4 s; usually a sample has 5 s. */
  firstCall: 0.8,
  /** A question for all numbers; more where the last one took long, see below. */
  call: 0.2,
  /** With less, it is not worth the asking. */
  callMin: 0.05,
  /** Kept for asking states and control info. */
  states: 0.1,
  /** Not used: what is late is thrown away. */
  margin: 0.02,
} as const;
/** A large host takes its time: so many times the last call's. */
const CALL_PATIENCE_FACTOR = 4;

/** Pauses before a VM that was passed over is asked again: what others ask of it takes some ms. */
const AGAIN_AFTER_MS: readonly number[] = [20, 100, 300];
/** A process that leaves a command unanswered for so long is not asked again in this sample. */
const SILENT_AFTER_MS = 500;

type Answer = Result<DomainRecord[], RpcError>;

/** Reads all VMs of this host's libvirt. Connects by itself, and again when libvirtd was restarted. */
export interface DomainReader {
  /** All VMs, those that are off too, within a time. Never two at once. */
  read(withinMs: number): Promise<Result<readonly DomainReading[], ReadError>>;
  /** Calls that libvirt has not answered. */
  stuckCount(): number;
  close(): void;
}

/** `monotonicMs` never goes back. `uri`: of the daemon behind the sockets, the system's by default. */
export function createDomainReader(
  sockets: readonly string[],
  monotonicMs: () => number,
  uri?: string,
): DomainReader {
  let current: RpcConnection | undefined;
  let stuck: RpcConnection[] = [];
  let lastCallMs: number | undefined;
  const silentDomains = new SilentDomains();
  let lastJobs: Jobs = new Map();

  const freeAnswered = (): void => {
    for (const connection of stuck) if (connection.underWay() === 0) connection.close();
    stuck = stuck.filter((connection) => connection.isOpen());
  };

  const connection = async (timeoutMs: number): Promise<Result<RpcConnection, RpcError>> => {
    if (current?.isOpen()) return ok(current);
    if (stuck.length === 0) lastCallMs = undefined; // a libvirtd that may just have started
    const opened = await openLibvirt(sockets, timeoutMs, uri);
    current = opened.ok ? opened.value : undefined;
    return opened;
  };

  /** One question for all VMs; a call that is not answered ends up among the stuck. */
  const ask = async (rpc: RpcConnection, time: Budget): Promise<Answer> => {
    const roomMs = time.leftMs() - SHARE.states * time.withinMs;
    const isFull = stuck.length < STUCK_MAX_COUNT && roomMs >= SHARE.callMin * time.withinMs;
    const groups = isFull ? GROUPS : GROUPS_WITHOUT_MONITOR;
    const flags = stuck.length > 0 ? STATS_NO_WAIT : 0;
    const startMs = monotonicMs();
    const timeoutMs = isFull ? Math.min(roomMs, usualMs(lastCallMs, time)) : time.leftMs();
    const answer = await rpc.call(ALL_DOMAIN_STATS, { groups, flags }, timeoutMs);
    if (answer.ok && isFull) lastCallMs = monotonicMs() - startMs;
    else if (!answer.ok && answer.error.code === 'timeout') {
      lastCallMs ??= 0; // one long wait is enough: libvirtd has started by now
      if (isFull) stuck.push(rpc);
      else rpc.close(); // nothing that blocks for ever
      current = undefined;
    }
    return answer;
  };

  /**
   * NOWAIT passes over every VM whose lock is taken in that very moment, be it by a call of somebody else,
   * or by the one that is about to get stuck. Those whose process answers are asked again.
   */
  const completed = async (
    rpc: RpcConnection,
    records: readonly DomainRecord[],
    time: Budget,
  ): Promise<readonly DomainRecord[]> => {
    let known = records;
    for (const pauseMs of stuck.length === 0 ? [] : AGAIN_AFTER_MS) {
      const missed = known.filter(
        (record) =>
          hasProcess(record) && !hasAnswered(record) && !silentDomains.isHung(record.domain.uuid),
      );
      const domains = await notSilent(rpc, missed, time);
      const timeoutMs = Math.min(SHARE.call * time.withinMs, time.leftMs() / 2 - pauseMs);
      if (domains.length === 0 || timeoutMs <= 0 || stuck.length >= STUCK_MAX_COUNT) break;
      await sleep(pauseMs);
      const question = { groups: GROUPS, flags: STATS_NO_WAIT, domains };
      const again = await rpc.call(ALL_DOMAIN_STATS, question, timeoutMs);
      if (!again.ok && again.error.code === 'timeout') leave(rpc);
      if (!again.ok) break;
      const told = new Map(again.value.map((record) => [record.domain.uuid, record]));
      known = known.map((record) => told.get(record.domain.uuid) ?? record);
    }
    return known;
  };

  /** A call is stuck on it: it is left alone. */
  const leave = (rpc: RpcConnection): void => {
    if (!rpc.isOpen() || stuck.includes(rpc)) return;
    stuck.push(rpc);
    current = undefined;
  };

  /** What the statistics don't tell: which VMs hang, and what libvirt does with each. */
  const judge = async (
    rpc: RpcConnection,
    records: readonly DomainRecord[],
    time: Budget,
    atMs: number,
  ): Promise<Verdict> => {
    const alive = records.filter(hasProcess);
    // With no call stuck, every VM has been waited for; with one, those that keep it were passed over.
    const isSilent = (record: DomainRecord) => stuck.length > 0 && !hasAnswered(record);
    const silent = alive.filter(isSilent);
    const { hung, jobs } = await silentDomains.judge(rpc, silent, lastJobs, atMs, time.leftMs);
    const speaking = alive.filter((record) => !isSilent(record));
    const asked = await readJobs(rpc, speaking, Math.min(time.leftMs(), usualMs(lastCallMs, time)));
    if (asked.late) leave(rpc);
    lastJobs = new Map([...jobs, ...asked.jobs]);
    return { hung, jobs: lastJobs };
  };

  return {
    async read(withinMs) {
      freeAnswered();
      const time = budget(withinMs, monotonicMs);
      let failure: RpcError | undefined;
      for (let attempt = 0; attempt <= STUCK_MAX_COUNT && time.leftMs() > 0; attempt++) {
        const opened = await connection(Math.min(SHARE.open * withinMs, time.leftMs()));
        if (!opened.ok) return opened;
        const answer = await ask(opened.value, time);
        if (answer.ok) {
          const atMs = monotonicMs();
          const records = await completed(opened.value, answer.value, time);
          const judged = await judge(opened.value, records, time, atMs);
          return ok(readings(records, judged, atMs));
        }
        failure = answer.error;
        const wasStuck = failure.code === 'timeout' && stuck.includes(opened.value);
        if (!wasStuck && failure.code !== 'closed') break;
      }
      if (failure?.code === 'protocol') current?.close();
      return err(
        failure ?? { code: 'timeout', message: `no answer within ${Math.round(withinMs)} ms` },
      );
    },
    stuckCount: () => stuck.length,
    close() {
      current?.close();
      for (const rpc of stuck) rpc.close();
    },
  };
}

/** The time a sample gets. */
interface Budget {
  readonly withinMs: number;
  /** At least 0. */
  leftMs(): number;
}

function budget(withinMs: number, monotonicMs: () => number): Budget {
  const endMs = monotonicMs() + (1 - SHARE.margin) * withinMs;
  return { withinMs, leftMs: () => Math.max(0, endMs - monotonicMs()) };
}

/** Those of them whose process does not leave a command unanswered just now. */
async function notSilent(
  rpc: RpcConnection,
  records: readonly DomainRecord[],
  time: Budget,
): Promise<DomainRef[]> {
  const asked = await Promise.all(
    records.map(async ({ domain }) => ({
      domain,
      info: await rpc.call(DOMAIN_CONTROL_INFO, domain, time.leftMs()),
    })),
  );
  return asked.flatMap(({ domain, info }) => {
    if (!info.ok) return [];
    const { state, stateMs } = info.value;
    return state === CONTROL_STATE.occupied && stateMs >= SILENT_AFTER_MS ? [] : [domain];
  });
}

function usualMs(lastCallMs: number | undefined, { withinMs }: Budget): number {
  if (lastCallMs === undefined) return SHARE.firstCall * withinMs;
  return Math.max(SHARE.call * withinMs, CALL_PATIENCE_FACTOR * lastCallMs);
}

function readings(
  records: readonly DomainRecord[],
  { hung, jobs }: Verdict,
  atMs: number,
): DomainReading[] {
  return records.flatMap((record) => {
    const stats = domainStats(record);
    if (stats === undefined) return [];
    return [{ stats, hung: hung.has(stats.uuid), job: jobs.get(stats.uuid), atMs }];
  });
}
