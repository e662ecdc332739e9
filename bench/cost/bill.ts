import * as assumed from './assumptions.ts';
import type { Deployment, LambdaName } from './deployment.ts';
import { CLOUDWATCH, DYNAMODB, KMS, LAMBDA, SCHEDULER, SNS, TRANSFER, tiered } from './prices.ts';
import { at, type Linear, type TrafficProfile, type Work } from './traffic.ts';

const GB = 2 ** 30;

/** A line of the bill. */
export interface BillLine {
  /** `DynamoDB writes` and the like: lines of one service stand together. */
  readonly service: string;
  readonly what: string;
  /** How it comes about: amount x price. */
  readonly sum: string;
  /** Dollars a month. */
  readonly usd: number;
}

export interface Bill {
  readonly hosts: number;
  readonly vms: number;
  readonly lines: readonly BillLine[];
  readonly usd: number;
  readonly usdPerHost: number;
  /** `undefined` for a fleet without VMs. */
  readonly usdPerVm: number | undefined;
}

/** Who looks at dashboards; 0: nobody. */
export interface BillOptions {
  readonly viewers: number;
}

/** The service of the line that `viewers` makes. */
export const DASHBOARDS = 'Dashboards';

const { HOURS_PER_MONTH, MINUTES_PER_MONTH } = assumed;

/** What a fleet of the profile's shape costs a month. */
export function billOf(
  profile: TrafficProfile,
  deployment: Deployment,
  { viewers }: BillOptions,
): Bill {
  const { hosts, vmsPerHost } = profile.shape;
  const lines = [
    ...ingest(profile, deployment),
    ...evaluator(profile, deployment),
    ...compactor(profile, deployment),
    ...storage(profile),
    ...watching(profile, deployment),
    ...telling(hosts),
    ...transfer(profile, hosts),
    ...dashboards(profile, deployment, viewers),
  ];
  const usd = lines.reduce((sum, line) => sum + line.usd, 0);
  const vms = hosts * vmsPerHost;
  return {
    hosts,
    vms,
    lines,
    usd,
    usdPerHost: usd / hosts,
    usdPerVm: vms === 0 ? undefined : usd / vms,
  };
}

function ingest({ batch, shape, coldStartMs }: TrafficProfile, deployment: Deployment): BillLine[] {
  const batches = shape.hosts * MINUTES_PER_MONTH;
  const cold = (HOURS_PER_MONTH / assumed.WARM_HOURS) * assumed.INGEST_INSTANCES;
  return [
    writes('batches', batches, batch.writeUnits),
    reads("batches' keys", batches, batch.readUnits),
    requests('ingest', batches),
    ...duration('Ingest', deployment, batches, batch, cold, coldStartMs),
  ];
}

function evaluator(profile: TrafficProfile, deployment: Deployment): BillLine[] {
  const { hosts } = profile.shape;
  const cold = HOURS_PER_MONTH / assumed.WARM_HOURS;
  const ticks = MINUTES_PER_MONTH - cold;
  const tick = workAt(profile.tick, hosts);
  const coldTick = workAt(profile.coldTick, hosts);
  return [
    writes('state and inventory', MINUTES_PER_MONTH, tick.writeUnits),
    reads('ticks', ticks, tick.readUnits),
    reads('ticks of functions that just started', cold, coldTick.readUnits),
    requests('evaluate', MINUTES_PER_MONTH),
    ...duration('Evaluator', deployment, ticks, tick, 0, profile.coldStartMs),
    ...duration('Evaluator', deployment, cold, coldTick, cold, profile.coldStartMs, 'cold ticks'),
  ];
}

function compactor(profile: TrafficProfile, deployment: Deployment): BillLine[] {
  const run = workAt(profile.compaction, profile.shape.hosts);
  const runs = HOURS_PER_MONTH;
  return [
    writes('history', runs, run.writeUnits),
    reads('history', runs, run.readUnits),
    requests('compact', runs),
    ...duration('Compactor', deployment, runs, run, runs, profile.coldStartMs),
  ];
}

function storage({ storage: sorts, shape }: TrafficProfile): BillLine[] {
  const gbOf = ({ itemBytes, count }: TrafficProfile['storage'][number]) =>
    (at(count, shape.hosts) * (itemBytes + assumed.ITEM_OVERHEAD_BYTES)) / GB;
  const gb = sorts.reduce((sum, sort) => sum + gbOf(sort), 0);
  return [
    ...sorts.map((sort) => {
      const size = `${round(at(sort.count, shape.hosts))} items of ${round(sort.itemBytes)} bytes`;
      return line('DynamoDB storage', sort.name, size, gbOf(sort) * DYNAMODB.storedGbMonth);
    }),
    line(
      'DynamoDB backup',
      'the table',
      `${round(gb)} GB, to any second of 35 days`,
      gb * DYNAMODB.backupGbMonth,
    ),
  ];
}

function watching({ logBytesPerTick }: TrafficProfile, deployment: Deployment): BillLine[] {
  const ticks = MINUTES_PER_MONTH;
  const logGb = (ticks * logBytesPerTick) / GB;
  const keptGb = logGb * (deployment.retention.logRetentionDays / 30);
  const kms = HOURS_PER_MONTH * assumed.KMS_REQUESTS_PER_HOUR;
  return [
    line(
      'EventBridge Scheduler',
      'ticks and runs',
      `${round(ticks + HOURS_PER_MONTH)} calls`,
      (ticks + HOURS_PER_MONTH) * SCHEDULER.invocation,
    ),
    line(
      'CloudWatch',
      'alarms',
      `${deployment.alarmMetrics} metrics that alarms look at`,
      deployment.alarmMetrics * CLOUDWATCH.alarmMetric,
    ),
    ...(deployment.dashboards === 0
      ? []
      : [
          line(
            'CloudWatch',
            'dashboard of Hypervigil itself',
            `${deployment.dashboards}`,
            deployment.dashboards * CLOUDWATCH.dashboard,
          ),
        ]),
    line('CloudWatch', 'heartbeat', '1 metric', tiered(CLOUDWATCH.metric, 1)),
    line(
      'CloudWatch',
      'log',
      `${round(logGb)} GB, a line a tick`,
      logGb * CLOUDWATCH.logsIngestedGb + keptGb * CLOUDWATCH.logsStoredGbMonth,
    ),
    line('KMS', 'AWS-managed keys', `${round(kms)} requests`, kms * KMS.request),
  ];
}

function telling(hosts: number): BillLine[] {
  const { ALERTS_PER_1000_HOSTS_DAY, MESSAGES_PER_ALERT, EMAILS_PER_MESSAGE } = assumed;
  const days = HOURS_PER_MONTH / 24;
  const messages = (hosts / 1000) * ALERTS_PER_1000_HOSTS_DAY * MESSAGES_PER_ALERT * days;
  const emails = messages * EMAILS_PER_MESSAGE;
  const outGb = (emails * assumed.EMAIL_BYTES) / GB;
  return [
    line(
      'SNS',
      'notifications by email',
      `${round(emails)} emails`,
      messages * SNS.publish + emails * SNS.email + tiered(TRANSFER.outGb, outGb),
    ),
  ];
}

function transfer({ receiptBytes }: TrafficProfile, hosts: number): BillLine[] {
  const gb = (hosts * MINUTES_PER_MONTH * receiptBytes) / GB;
  return [
    line(
      'Data transfer',
      'answers to agents; what comes in is free',
      `${round(gb)} GB`,
      tiered(TRANSFER.outGb, gb),
    ),
  ];
}

/** All a dashboard costs is one line, so that it can be told apart. */
function dashboards(
  { queries, coldStartMs }: TrafficProfile,
  deployment: Deployment,
  viewers: number,
): BillLine[] {
  const [panel] = queries;
  if (viewers === 0 || panel === undefined) return [];
  const refreshes = (assumed.VIEWER_HOURS * 3600) / assumed.REFRESH_SECONDS;
  const count = viewers * refreshes * assumed.PANELS;
  const parts = [
    reads('', count, panel.readUnits),
    requests('', count),
    ...duration(
      'Api',
      deployment,
      count,
      panel,
      assumed.VIEWER_HOURS / assumed.WARM_HOURS,
      coldStartMs,
    ),
  ];
  const outUsd = tiered(TRANSFER.outGb, (count * panel.responseBytes) / GB);
  const usd = parts.reduce((sum, part) => sum + part.usd, outUsd);
  const people = viewers === 1 ? '1 person' : `${viewers} people`;
  const what = `${people}, ${assumed.PANELS} panels, ${assumed.VIEWER_HOURS} hours`;
  const sum = `${round(count)} queries of ${round(panel.readUnits)} read units`;
  return [line(DASHBOARDS, what, sum, usd)];
}

function writes(what: string, count: number, units: number): BillLine {
  return line(
    'DynamoDB writes',
    what,
    `${round(count)} x ${round(units)} units`,
    count * units * DYNAMODB.writeUnit,
  );
}

function reads(what: string, count: number, units: number): BillLine {
  return line(
    'DynamoDB reads',
    what,
    `${round(count)} x ${round(units)} units`,
    count * units * DYNAMODB.readUnit,
  );
}

function requests(what: string, count: number): BillLine {
  return line('Lambda requests', what, `${round(count)} calls`, count * LAMBDA.request);
}

/** How long a call takes a function of so much memory: its CPU by its share of one, and what it waits for the table. */
export function durationMs(work: Work, memoryMb: number): number {
  const cpu = (work.cpuMs + assumed.RUNTIME_CPU_MS) * cpuFactor(memoryMb);
  const table = work.waits * assumed.TABLE_LATENCY_MS + work.readUnits * assumed.MS_PER_READ_UNIT;
  return Math.ceil(cpu + table);
}

/** One thread gets no more than a whole CPU. */
function cpuFactor(memoryMb: number): number {
  return Math.max(1, assumed.MB_PER_VCPU / memoryMb);
}

function duration(
  name: LambdaName,
  { memoryMb }: Deployment,
  calls: number,
  work: Work,
  coldStarts: number,
  coldStartMs: TrafficProfile['coldStartMs'],
  what = 'calls',
): BillLine[] {
  const memory = memoryMb[name];
  const gb = memory / 1024;
  const ms = durationMs(work, memory);
  const lines = [
    line(
      'Lambda time',
      `${name}, ${what}`,
      `${round(calls)} x ${round(ms)} ms x ${memory} MB`,
      (calls * ms * gb * LAMBDA.gbSecond) / 1000,
    ),
  ];
  if (coldStarts === 0) return lines;
  const startMs = (coldStartMs[name] ?? 0) * cpuFactor(memory);
  return [
    ...lines,
    line(
      'Lambda time',
      `${name}, starts`,
      `${round(coldStarts)} x ${round(startMs)} ms x ${memory} MB`,
      (coldStarts * startMs * gb * LAMBDA.gbSecond) / 1000,
    ),
  ];
}

/** The work at a number of hosts. */
function workAt(work: Work<Linear>, hosts: number): Work {
  return {
    cpuMs: at(work.cpuMs, hosts),
    waits: at(work.waits, hosts),
    tableCalls: at(work.tableCalls, hosts),
    readUnits: at(work.readUnits, hosts),
    writeUnits: at(work.writeUnits, hosts),
  };
}

function line(service: string, what: string, sum: string, usd: number): BillLine {
  return { service, what, sum, usd };
}

/** Three digits that count, as people write them. */
function round(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumSignificantDigits: 3 });
}
