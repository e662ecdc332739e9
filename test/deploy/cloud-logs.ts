import * as v from 'valibot';
import type { Log } from '../secrets/secret-register.ts';
import type { Cloud } from './cloud.ts';

const LogGroups = v.object({
  logGroups: v.array(v.object({ logGroupName: v.string() })),
  nextToken: v.exactOptional(v.string()),
});
const LogEvents = v.object({
  events: v.array(v.object({ message: v.string() })),
  nextToken: v.exactOptional(v.string()),
});

/** Every group of logs in the account, whole. */
export async function cloudWatchLogs(cloud: Cloud): Promise<readonly Log[]> {
  const { logGroups, nextToken } = v.parse(
    LogGroups,
    await cloud.call('Logs_20140328.DescribeLogGroups', { limit: 50 }),
  );
  if (nextToken !== undefined) throw new Error('more than 50 log groups, so not all were read');
  return Promise.all(
    logGroups.map(async ({ logGroupName }) => ({
      name: logGroupName,
      text: (await messagesOf(cloud, logGroupName)).join('\n'),
    })),
  );
}

/** Lines of the one group whose name holds a text, the oldest first. */
export async function linesOf(cloud: Cloud, nameHolds: string): Promise<readonly string[]> {
  const named = (await cloudWatchLogs(cloud)).filter(({ name }) => name.includes(nameHolds));
  const [group] = named;
  if (group === undefined || named.length > 1)
    throw new Error(`${named.length} log groups with ${nameHolds} in their name`);
  return group.text.split('\n');
}

async function messagesOf(cloud: Cloud, logGroupName: string): Promise<readonly string[]> {
  const messages: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = v.parse(
      LogEvents,
      await cloud.call('Logs_20140328.FilterLogEvents', {
        logGroupName,
        ...(nextToken === undefined ? {} : { nextToken }),
      }),
    );
    messages.push(...page.events.map(({ message }) => message));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return messages;
}
