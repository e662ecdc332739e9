import * as assumed from './assumptions.ts';
import { type Bill, type BillLine, DASHBOARDS } from './bill.ts';
import type { Deployment } from './deployment.ts';
import { TTL_LAG_DAYS } from './measure.ts';
import type { OtherBill } from './others.ts';
import { PRICES_DATE, PRICES_REGION } from './prices.ts';
import { at, type TrafficProfile } from './traffic.ts';

/** Cheaper lines are put together. */
const SMALL_SHARE = 0.001;

/** The bill as people read it. */
export function reportOf(
  profile: TrafficProfile,
  bill: Bill,
  others: readonly OtherBill[],
  deployment: Deployment,
): string {
  return [
    ...heading(profile, bill),
    '',
    ...table(bill),
    '',
    ...measured(profile),
    '',
    ...comparison(bill, others),
    '',
    ...assumptions(profile, deployment),
  ].join('\n');
}

function heading({ shape, seriesPerHost }: TrafficProfile, bill: Bill): string[] {
  const vms =
    bill.vms === 0
      ? 'without VMs'
      : `with ${shape.vmsPerHost} VMs of ${shape.seriesPerVm} series each`;
  return [
    `${bill.hosts.toLocaleString('en-US')} hosts ${vms}, ${seriesPerHost} series a host in all, a sample every ${shape.intervalMs / 1000} s`,
    `Prices of ${PRICES_DATE}, ${PRICES_REGION}, a month of ${assumed.HOURS_PER_MONTH} hours. The free tier is not counted.`,
  ];
}

function table({ lines, usd, hosts, usdPerHost, usdPerVm }: Bill): string[] {
  const viewers = total(lines.filter(({ service }) => service === DASHBOARDS));
  const rows: string[][] = [];
  const services = [...new Set(lines.map(({ service }) => service))];
  const money = (value: number) => [value.toFixed(2), (value / hosts).toFixed(5)];
  for (const service of services) {
    const own = lines.filter((line) => line.service === service);
    const sum = total(own);
    rows.push([service.toUpperCase(), '', ...money(sum), `${((sum / usd) * 100).toFixed(1)} %`]);
    for (const line of own)
      if (line.usd >= usd * SMALL_SHARE)
        rows.push([`  ${line.what}`, line.sum, ...money(line.usd), '']);
  }
  rows.push(['ALL', '', ...money(usd), '100 %']);
  const perVm = usdPerVm === undefined ? '' : `, $${usdPerVm.toFixed(4)} a VM`;
  return [
    ...aligned([['', 'amount', '$ a month', '$ a host', ''], ...rows]),
    '',
    `$${usdPerHost.toFixed(4)} a host and month${perVm}${viewers === 0 ? '' : `; without who looks at dashboards $${((usd - viewers) / hosts).toFixed(4)} a host`}`,
    dominant(lines, usd),
  ];
}

function dominant(lines: readonly BillLine[], usd: number): string {
  const [first, second, third] = lines.toSorted((a, b) => b.usd - a.usd);
  const part = (line: BillLine | undefined) =>
    line === undefined
      ? ''
      : `${line.service} of ${line.what} (${((line.usd / usd) * 100).toFixed(0)} %)`;
  return `Most of it: ${part(first)}, ${part(second)}, ${part(third)}`;
}

function measured(profile: TrafficProfile): string[] {
  const { hosts } = profile.shape;
  const { batch, tick, compaction } = profile;
  const runs = profile.runs.map((run) => `${run.hosts} hosts for ${run.minutes} minutes`);
  return [
    `Measured with ${runs.join(', ')}:`,
    `  a batch: ${profile.samplesPerBatch} samples in ${profile.chunkBytes.toFixed(0)} bytes (95 of 100 below ${profile.chunkBytes95}), ${batch.writeUnits.toFixed(2)} write units, ${batch.readUnits.toFixed(2)} read units, ${batch.cpuMs.toFixed(2)} ms of CPU`,
    `  a tick: ${linear(tick.cpuMs, 2)} ms of CPU, ${linear(tick.readUnits, 3)} read units, ${linear(tick.writeUnits, 4)} write units`,
    `  an hour's compaction: ${linear(compaction.cpuMs, 1)} ms of CPU, ${linear(compaction.readUnits, 2)} read units, ${linear(compaction.writeUnits, 2)} write units`,
    `  at ${hosts.toLocaleString('en-US')} hosts: a tick of ${(at(tick.cpuMs, hosts) / 1000).toFixed(1)} s of CPU (${(at(profile.coldTick.cpuMs, hosts) / 1000).toFixed(1)} s when it just started), a compaction of ${(at(compaction.cpuMs, hosts) / 1000).toFixed(0)} s`,
  ];
}

function linear({ fixed, perHost }: { fixed: number; perHost: number }, digits: number): string {
  return `${fixed.toFixed(1)} + ${perHost.toFixed(digits)} a host`;
}

/** Without those who look at dashboards: their questions are in none of the others' prices. */
function comparison(bill: Bill, others: readonly OtherBill[]): string[] {
  const viewers = total(bill.lines.filter(({ service }) => service === DASHBOARDS));
  const own = bill.usd - viewers;
  const row = (name: string, usd: number, counted: string) => [
    name,
    usd.toFixed(2),
    (usd / bill.hosts).toFixed(2),
    `${(usd / own).toFixed(0)} x`,
    counted,
  ];
  return aligned([
    ['the same series with', '$ a month', '$ a host', '', 'counted'],
    row(
      'Hypervigil',
      own,
      viewers === 0 ? 'all of the above' : 'all of the above but who looks at dashboards',
    ),
    ...others.map(({ name, usd, counted }) => row(name, usd, counted)),
  ]);
}

function assumptions(profile: TrafficProfile, { memoryMb, retention }: Deployment): string[] {
  const memory = Object.entries(memoryMb).map(([name, mb]) => `${name} ${mb} MB`);
  const { rawRetentionDays, minuteRetentionDays, hourRetentionDays } = retention;
  return [
    'Assumed:',
    `  Lambda time is CPU measured on this machine / (memory / ${assumed.MB_PER_VCPU} MB) + ${assumed.TABLE_LATENCY_MS} ms for each call of the table that waits for another`,
    `    + ${assumed.MS_PER_READ_UNIT.toFixed(2)} ms a read unit; memory is the stack's: ${memory.join(', ')}; ${assumed.RUNTIME_CPU_MS} ms of CPU a call are Lambda's own`,
    `  a function starts anew every ${assumed.WARM_HOURS} hours (ingest: ${assumed.INGEST_INSTANCES} of it; the compactor each time), and Lambda bills its start`,
    `  all is kept as long as it will ever be: ${rawRetentionDays}, ${minuteRetentionDays} and ${hourRetentionDays} days, and ${TTL_LAG_DAYS} days until DynamoDB deletes it; ${assumed.ITEM_OVERHEAD_BYTES} bytes beside each item`,
    `  ${assumed.ALERTS_PER_1000_HOSTS_DAY} alerts a day among 1,000 hosts, each told and ended by email to ${assumed.EMAILS_PER_MESSAGE} people`,
    `  queries: ${profile.queries.map(({ name }) => name).join('; ')}, a refresh every ${assumed.REFRESH_SECONDS} s`,
    '  ticks and compactions grow with the fleet as a straight line through the sizes that were measured',
  ];
}

function total(lines: readonly BillLine[]): number {
  return lines.reduce((sum, { usd }) => sum + usd, 0);
}

/** Columns; those with numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const isNumber = (column: number) =>
    rows.slice(1).every((row) => /^[\d. x%]*$/.test(row[column] ?? ''));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return isNumber(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
