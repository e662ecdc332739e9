import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { ACCOUNT, REGION } from './account.ts';

/** Topics of somebody else in the account that alerts go to; the second has been deleted. */
export const PAGER_TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:pager`;
export const GONE_TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:gone`;
export const PHONE = '+14155550123';

/** Every setting that gives anybody a right, and whatever may add a resource; but what would make runs longer. */
export const EVERYTHING = {
  ...v.parse(
    v.looseObject({}),
    JSON.parse(readFileSync(new URL('../infra/everything.json', import.meta.url), 'utf8')),
  ),
  // As without settings, so that names are the same.
  name: undefined,
  publishTo: [PAGER_TOPIC, GONE_TOPIC],
  // Each tick would look for them.
  alertmanagers: [],
  shardCount: 1,
  // The compactor begins with the oldest minute that may be there.
  rawRetentionDays: 1,
};
