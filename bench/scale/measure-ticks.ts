import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { ensureTable } from '../../functions/store/create-table.ts';
import { openTable, type Table } from '../../functions/store/dynamo.ts';
import { minutePartition } from '../../functions/store/item-keys.ts';
import { LOCAL_TOPICS } from '../../infra/local/local-topics.ts';
import { startServices } from '../cost/services.ts';
import { type MadeFleet, makeFleet } from './made-fleet.ts';
import type { TickTook } from './tick-process.ts';

/** What the evaluator took of a fleet: to read the window, which may take several calls, and the ticks after that. */
export interface TicksTook {
  /** The first one that was through; its times are those of all up to it. */
  readonly cold: TickTook;
  readonly coldCalls: number;
  readonly warm: readonly TickTook[];
}

const NOW_MS = Date.UTC(2026, 10, 20, 9);
/** Rules look back an hour. */
const HISTORY_MINUTES = 64;
/** At a tick a minute is whole that ended for all hosts: one of them a minute. */
const NEWEST_AGO = 2;
/** DynamoDB takes so many items at once. */
const BATCH_ITEMS = 25;
const TABLE = 'scale';
/** A start that takes longer never ends. */
const FAILED_MAX = 10;

/** A fleet in the embedded table, and a real evaluator in a process as a Lambda of so much memory starts it. */
export async function measureTicks(
  hosts: number,
  vmsPerHost: number,
  memoryMb: number,
  ticks: number,
): Promise<TicksTook> {
  const services = await startServices();
  const table = openTable({ tableName: TABLE, endpoint: services.table });
  let child: ChildProcess | undefined;
  try {
    await ensureTable(table);
    const fleet = makeFleet(hosts, vmsPerHost);
    const first = NOW_MS / MINUTE_MS - NEWEST_AGO;
    for (let minute = first - HISTORY_MINUTES; minute < first; minute++)
      await writeMinute(table, fleet, minute);
    child = startEvaluator(services.table, services.sns, memoryMb);
    const took: TickTook[] = [];
    for (let call = 0; throughOf(took).length <= ticks; call++) {
      await writeMinute(table, fleet, first + call);
      took.push(await tickOf(child, NOW_MS + call * MINUTE_MS));
      if (call - throughOf(took).length > FAILED_MAX) throw new Error(took.at(-1)?.failed);
    }
    const coldCalls = took.findIndex(({ failed }) => failed === undefined) + 1;
    const [cold, ...warm] = throughOf(took);
    if (cold === undefined) throw new Error('no tick');
    const sum = (of: (one: TickTook) => number) =>
      took.slice(0, coldCalls).reduce((all, one) => all + of(one), 0);
    return {
      cold: { ...cold, cpuMs: sum(({ cpuMs }) => cpuMs), wallMs: sum(({ wallMs }) => wallMs) },
      coldCalls,
      warm,
    };
  } finally {
    if (child?.connected === true) child.disconnect();
    table.client.destroy();
    await services.close();
  }
}

function throughOf(took: readonly TickTook[]): TickTook[] {
  return took.filter(({ failed }) => failed === undefined);
}

/** V8's limits are those that Lambda's runtime for Node gives: 90 % of the memory, and 5 % for what is new. */
function startEvaluator(endpoint: string, sns: string, memoryMb: number): ChildProcess {
  const share = (percent: number) => Math.floor((memoryMb * percent) / 100);
  return fork(fileURLToPath(new URL('tick-process.ts', import.meta.url)), [], {
    execArgv: [
      '--expose-gc',
      `--max-semi-space-size=${share(5)}`,
      `--max-old-space-size=${share(90)}`,
    ],
    env: {
      ...process.env,
      TABLE_NAME: TABLE,
      DYNAMODB_ENDPOINT: endpoint,
      SNS_ENDPOINT: sns,
      RULES_DIR: 'rules',
      ...LOCAL_TOPICS,
    },
  });
}

/** Throws if the process ended instead: its memory was too small. */
async function tickOf(child: ChildProcess, tickMs: number): Promise<TickTook> {
  const gone = new AbortController();
  const ended = once(child, 'exit', { signal: gone.signal }).then(([code]) => {
    throw new Error(`the evaluator ended with code ${code}`);
  });
  child.send(tickMs);
  try {
    const [took] = await Promise.race([once(child, 'message', { signal: gone.signal }), ended]);
    return took;
  } finally {
    ended.catch(() => undefined);
    gone.abort();
  }
}

async function writeMinute(table: Table, { hosts, chunk }: MadeFleet, minute: number) {
  const puts = hosts.map((_, index) => {
    const { writer, bytes, firstMs, sampleCount, origin = '' } = chunk(index, minute);
    const Item = {
      p: { S: minutePartition(minute, 0) },
      s: { S: writer },
      b: { B: bytes },
      f: { N: String(firstMs) },
      n: { N: String(sampleCount) },
      o: { S: origin },
      ttl: { N: String(NOW_MS / 1000 + 7 * 86_400) },
    };
    return { PutRequest: { Item } };
  });
  for (let at = 0; at < puts.length; at += BATCH_ITEMS)
    await table.client.send(
      new BatchWriteItemCommand({
        RequestItems: { [table.name]: puts.slice(at, at + BATCH_ITEMS) },
      }),
    );
}
