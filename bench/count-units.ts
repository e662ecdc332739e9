import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** Counts what tables bill for reads and writes, of all clients in this process, from here on. */
export function countUnits(): {
  readonly clear: () => void;
  readonly total: () => number;
  readonly calls: () => number;
} {
  const send = DynamoDBClient.prototype.send;
  let sum = 0;
  let calls = 0;
  DynamoDBClient.prototype.send = async function counting(
    this: DynamoDBClient,
    command: { input: object },
  ) {
    command.input = { ...command.input, ReturnConsumedCapacity: 'TOTAL' };
    const output = await (send as (command: object) => Promise<object>).call(this, command);
    const consumed = 'ConsumedCapacity' in output ? output.ConsumedCapacity : [];
    for (const one of [consumed].flat() as { CapacityUnits?: number }[])
      sum += one.CapacityUnits ?? 0;
    calls++;
    return output;
  } as never;
  return {
    clear: () => {
      sum = 0;
      calls = 0;
    },
    total: () => sum,
    calls: () => calls,
  };
}
