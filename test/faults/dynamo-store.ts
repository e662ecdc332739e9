import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import type { EncodedState } from '../../core/alerting/state-encoding.ts';
import { statePartPrefix } from '../../functions/store/item-keys.ts';
import { createStateStore, type StateLayout } from '../../functions/store/state.ts';
import type { MakeStore } from './simulate.ts';
import { LostAnswer, type TickRun } from './world-time.ts';

/** The real state store over a table in memory, each of whose calls can fail. */

const attribute = v.object({
  S: v.optional(v.string()),
  N: v.optional(v.string()),
  B: v.optional(v.string()),
  L: v.optional(v.array(v.object({ S: v.string() }))),
});
const item = v.record(v.string(), attribute);
type Item = v.InferOutput<typeof item>;

const request = v.object({
  Key: v.optional(item),
  Item: v.optional(item),
  ConditionExpression: v.optional(v.string()),
  ExpressionAttributeValues: v.optional(item),
});
type Request = v.InferOutput<typeof request>;

class FakeTable {
  readonly #items = new Map<string, Item>();

  /** An answer as DynamoDB gives it, or the name of an error. */
  answer(
    operation: string,
    {
      Key,
      Item: put,
      ConditionExpression: condition,
      ExpressionAttributeValues: values = {},
    }: Request,
  ): object | string {
    switch (operation) {
      case 'GetItem':
        return { Item: this.#items.get(keyOf(Key)) };
      case 'DeleteItem':
        this.#items.delete(keyOf(Key));
        return {};
      case 'Query':
        return { Items: this.#withPrefix(`${values[':p']?.S}/${values[':s']?.S}`) };
      case 'PutItem': {
        const before = this.#items.get(keyOf(put));
        const isMet = condition?.startsWith('attribute_not_exists')
          ? before === undefined
          : condition === undefined || before?.['v']?.N === values[':v']?.N;
        if (!isMet) return 'ConditionalCheckFailedException';
        this.#items.set(keyOf(put), put ?? {});
        return { Attributes: before };
      }
      default:
        throw new Error(`${operation}: the store never did this`);
    }
  }

  /** The state that the head names. */
  state(head: Item): EncodedState {
    const segments = (head['g']?.L ?? []).map(({ S = '' }) => {
      const parts = this.#withPrefix(`${head['p']?.S}/${statePartPrefix(S.split(' ')[0] ?? '')}`);
      return Buffer.concat(parts.map(bytesOf));
    });
    return { bytes: bytesOf(head), segments };
  }

  #withPrefix(prefix: string): Item[] {
    return [...this.#items]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, found]) => found);
  }
}

function bytesOf(from: Item): Buffer {
  return Buffer.from(from['b']?.B ?? '', 'base64');
}

function keyOf(from: Item | undefined): string {
  return `${from?.['p']?.S}/${from?.['s']?.S}`;
}

function textOf(body: unknown): string {
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body);
}

/** A client whose calls are those of one tick. */
function clientOf(
  run: TickRun,
  table: FakeTable,
  onReplaced: (stored: EncodedState) => void,
): DynamoDBClient {
  const handle = async (sent: { headers: Record<string, string>; body?: unknown }) => {
    const operation = sent.headers['x-amz-target']?.split('.')[1] ?? '';
    const asked = v.parse(request, JSON.parse(textOf(sent.body)));
    const ask = () =>
      run.call(operation, () => {
        const answer = table.answer(operation, asked);
        const isHead = asked.Item?.['v'] !== undefined;
        if (isHead && typeof answer !== 'string') onReplaced(table.state(asked.Item ?? {}));
        return answer;
      });
    const answer = await ask().catch((error: unknown) => {
      // As the SDK does.
      if (error instanceof LostAnswer) return ask();
      throw error;
    });
    const isError = typeof answer === 'string';
    const body = JSON.stringify(
      isError ? { __type: `com.amazonaws.dynamodb.v20120810#${answer}` } : answer,
    );
    return {
      response: {
        statusCode: isError ? 400 : 200,
        headers: { 'content-type': 'application/x-amz-json-1.0' },
        body: Buffer.from(body),
      },
    };
  };
  return new DynamoDBClient({
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
    requestHandler: { handle },
  });
}

/** States larger than a part are split; the smaller the parts, the more often. */
export function dynamoStore(layout?: StateLayout): MakeStore {
  return () => {
    const table = new FakeTable();
    return (run, onReplaced) => {
      const client = clientOf(run, table, onReplaced);
      return createStateStore({ client, name: 'test' }, Date.now, layout);
    };
  };
}
