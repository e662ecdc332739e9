import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import type { Work } from './traffic.ts';

/** What the functions of this process use while they are watched. */
export interface Meter {
  /** Runs one call of a function, and says what it took. */
  readonly measure: <T>(work: () => Promise<T>) => Promise<{ result: T; used: Work }>;
  /** No longer counts. */
  readonly stop: () => void;
}

const Consumed = v.object({ CapacityUnits: v.optional(v.number(), 0) });
const Output = v.object({
  ConsumedCapacity: v.optional(
    v.union([
      v.array(Consumed),
      v.pipe(
        Consumed,
        v.transform((one) => [one]),
      ),
    ]),
    [],
  ),
});

const WRITES: ReadonlySet<string> = new Set([
  'PutItemCommand',
  'UpdateItemCommand',
  'DeleteItemCommand',
  'BatchWriteItemCommand',
]);

/** What a write that was refused costs, at least; our own are refused where a small item is. */
const REFUSED_WRITE_UNITS = 1;

/**
 * Asks DynamoDB's clients of this process for what each call consumes, and adds it up with the CPU time of this
 * thread. One function is watched at a time.
 */
export function startMeter(): Meter {
  const send = DynamoDBClient.prototype.send;
  let used = nothing();
  let underWay = 0;
  DynamoDBClient.prototype.send = async function metered(
    this: DynamoDBClient,
    command: { input: object },
    ...rest: unknown[]
  ) {
    command.input = { ...command.input, ReturnConsumedCapacity: 'TOTAL' };
    const isWrite = WRITES.has(command.constructor.name);
    used.tableCalls++;
    if (underWay++ === 0) used.waits++;
    try {
      const output: unknown = await Reflect.apply(send, this, [command, ...rest]);
      const units = v
        .parse(Output, output)
        .ConsumedCapacity.reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0);
      if (isWrite) used.writeUnits += units;
      else used.readUnits += units;
      return output;
    } catch (error) {
      if (isWrite) used.writeUnits += REFUSED_WRITE_UNITS;
      throw error;
    } finally {
      underWay--;
    }
  } as typeof send;
  return {
    measure: async (work) => {
      used = nothing();
      const before = process.threadCpuUsage();
      const result = await work();
      const { user, system } = process.threadCpuUsage(before);
      return { result, used: { ...used, cpuMs: (user + system) / 1000 } };
    },
    stop: () => {
      DynamoDBClient.prototype.send = send;
    },
  };
}

type Counts = { -readonly [K in keyof Work]: Work[K] };

function nothing(): Counts {
  return { cpuMs: 0, waits: 0, tableCalls: 0, readUnits: 0, writeUnits: 0 };
}

/** The mean of several calls; of none it is nothing. */
export function meanWork(all: readonly Work[]): Work {
  const mean = (of: (work: Work) => number) =>
    all.length === 0 ? 0 : all.reduce((sum, work) => sum + of(work), 0) / all.length;
  return {
    cpuMs: mean((work) => work.cpuMs),
    waits: mean((work) => work.waits),
    tableCalls: mean((work) => work.tableCalls),
    readUnits: mean((work) => work.readUnits),
    writeUnits: mean((work) => work.writeUnits),
  };
}
