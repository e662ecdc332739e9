import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import type { Table } from '../../functions/store/dynamo.ts';

/**
 * A table in memory for thousands of short runs: it answers the four commands that the state's store
 * sends, when and with the faults that `turn` decides.
 */

/** Does a call's `effect` when it is its turn, once, several times or never, and answers or throws. */
export type Turn = (effect: () => object, command: string) => Promise<object>;

const text = v.object({ S: v.string() });
const itemSchema = v.looseObject({ p: text, s: text });
type Item = v.InferOutput<typeof itemSchema>;

const putSchema = v.object({
  Item: itemSchema,
  ConditionExpression: v.optional(v.picklist(['attribute_not_exists(p)', 'v = :v'])),
  ExpressionAttributeValues: v.optional(v.object({ ':v': v.object({ N: v.string() }) })),
  ReturnValues: v.optional(v.literal('ALL_OLD')),
});
const keySchema = v.object({ Key: v.object({ p: text, s: text }) });
const querySchema = v.object({
  KeyConditionExpression: v.literal('p = :p AND begins_with(s, :s)'),
  ExpressionAttributeValues: v.object({ ':p': text, ':s': text }),
  ConsistentRead: v.boolean(),
});

export class MemoryTable {
  readonly #items = new Map<string, Item>();
  /** What was put last, which a read that is not consistent does not see yet. */
  #newest = '';

  /** A client of the table; each has its own turns. */
  open(turn: Turn): Table {
    const client = new DynamoDBClient({ region: 'local', endpoint: 'http://127.0.0.1:1' });
    client.middlewareStack.add(
      (_next, { commandName = '' }) =>
        async ({ input }) => {
          const output = await turn(() => this.#answer(commandName, input), commandName);
          return { output: { $metadata: {}, ...output }, response: undefined };
        },
      { step: 'initialize', priority: 'high' },
    );
    return { name: 'test', client };
  }

  /** Sort keys of all there is. */
  sortKeys(): string[] {
    return [...this.#items.values()].map(({ s }) => s.S).sort();
  }

  #answer(command: string, input: unknown): object {
    switch (command) {
      case 'PutItemCommand':
        return this.#put(v.parse(putSchema, input));
      case 'GetItemCommand':
        return { Item: this.#items.get(nameOf(v.parse(keySchema, input).Key)) };
      case 'DeleteItemCommand':
        this.#items.delete(nameOf(v.parse(keySchema, input).Key));
        return {};
      case 'QueryCommand': {
        const { ConsistentRead, ...query } = v.parse(querySchema, input);
        const { ':p': p, ':s': s } = query.ExpressionAttributeValues;
        const prefix = nameOf({ p, s });
        const names = [...this.#items.keys()]
          .filter((name) => name.startsWith(prefix) && (ConsistentRead || name !== this.#newest))
          .sort();
        return { Items: names.map((name) => this.#items.get(name)) };
      }
      default:
        throw new Error(`${command} is not known here`);
    }
  }

  #put({ Item, ConditionExpression, ...rest }: v.InferOutput<typeof putSchema>): object {
    const known = this.#items.get(nameOf(Item));
    const wanted = rest.ExpressionAttributeValues?.[':v'].N;
    const revision = v.parse(v.optional(v.object({ N: v.string() })), known?.['v'])?.N;
    const isMet =
      ConditionExpression === undefined ||
      (ConditionExpression === 'v = :v' ? revision === wanted : known === undefined);
    if (!isMet) throw new ConditionalCheckFailedException({ message: 'refused', $metadata: {} });
    this.#newest = nameOf(Item);
    this.#items.set(this.#newest, Item);
    return rest.ReturnValues === undefined ? {} : { Attributes: known };
  }
}

function nameOf({ p, s }: Pick<Item, 'p' | 's'>): string {
  return `${p.S}/${s.S}`;
}
