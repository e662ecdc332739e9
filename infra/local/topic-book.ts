import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import * as v from 'valibot';
import { err, ok, type Result } from '../../core/result.ts';
import { reasonOf, type StartFailure, startFailure } from './start-failure.ts';

const subscriptionSchema = v.object({
  arn: v.string(),
  topicArn: v.string(),
  protocol: v.picklist(['email', 'sms']),
  endpoint: v.string(),
});

/** Somebody who is subscribed to a topic of this machine. */
export type LocalSubscription = Readonly<v.InferOutput<typeof subscriptionSchema>>;

const fileSchema = v.object({ version: v.literal(1), subscriptions: v.array(subscriptionSchema) });

/** Who hears of which topic; kept in a file of the data folder. Nobody is asked whether they agree: it is one's own machine. */
export interface TopicBook {
  readonly of: (topicArn: string) => readonly LocalSubscription[];
  /** The ARN; of one that is there already, its own. */
  readonly subscribe: (
    wanted: Pick<LocalSubscription, 'topicArn' | 'protocol' | 'endpoint'>,
  ) => Promise<string>;
  /** `false`: the settings have it, so it stays. */
  readonly unsubscribe: (arn: string) => Promise<boolean>;
}

/** `declared`: those of the settings, which are not in the file. */
export function openTopicBook(
  path: string,
  declared: readonly LocalSubscription[],
): Result<TopicBook, StartFailure> {
  const read = readBook(path);
  if (!read.ok) return startFailure('data_folder', `${path}: ${read.error}`);
  let all = read.value;
  let writing = Promise.resolve();
  const write = (next: readonly LocalSubscription[]) => {
    all = next;
    // One after the other: the last one written is the last one asked for.
    writing = writing.catch(() => {}).then(() => save(path, next));
    return writing;
  };
  return ok({
    of: (topicArn) => [...declared, ...all].filter((one) => one.topicArn === topicArn),
    subscribe: async (wanted) => {
      const known = [...declared, ...all].find(
        (one) =>
          one.topicArn === wanted.topicArn &&
          one.protocol === wanted.protocol &&
          one.endpoint === wanted.endpoint,
      );
      if (known !== undefined) return known.arn;
      const arn = `${wanted.topicArn}:${randomUUID()}`;
      await write([...all, { arn, ...wanted }]);
      return arn;
    },
    unsubscribe: async (arn) => {
      if (declared.some((one) => one.arn === arn)) return false;
      await write(all.filter((one) => one.arn !== arn));
      return true;
    },
  });
}

async function save(path: string, subscriptions: readonly LocalSubscription[]): Promise<void> {
  const text = `${JSON.stringify({ version: 1, subscriptions }, undefined, 2)}\n`;
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

function readBook(path: string): Result<readonly LocalSubscription[], string> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ok([]);
    return err(reasonOf(error));
  }
  try {
    return ok(v.parse(fileSchema, JSON.parse(text)).subscriptions);
  } catch (error) {
    return err(`is no list of subscriptions (${reasonOf(error)}); move it away, or mend it`);
  }
}
