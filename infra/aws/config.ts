import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as v from 'valibot';
import { err, ok, type Result } from '../../core/result.ts';
import { SHARDS_MAX } from '../../core/shard-epochs.ts';
import {
  email,
  httpsUrl,
  phone,
  platformEndpoint,
  subscribers,
  topicOrEndpoint,
  webUrl,
} from './config/addresses.ts';
import { alarms, BATCHES_PER_HOUR_MAX, batchesPerHourMax } from './config/alarms.ts';
import { customerKey } from './config/customer-key.ts';
import { domain } from './config/domain.ts';
import { listOf, problem, wholeNumber, yesOrNo } from './config/parts.ts';
import { signIn } from './config/sign-in.ts';
import { vpc } from './config/vpc.ts';
import { watching } from './config/watching.ts';

/** The key under `context` in cdk.json that holds a deployment's settings. */
export const CONTEXT_KEY = 'hypervigil';

/** Each is told at every tick; a cluster of Alertmanagers has three or five. */
const ALERTMANAGERS_MAX = 10;

/** A role's policies hold 10,240 characters: 25 of the longest ARNs (350) beside all else (some 1,000). */
const PUBLISH_TO_MAX = 25;

/** One whole vCPU: a tick is one thread of arithmetic, so less takes longer at the same price, and more is only memory. */
const EVALUATOR_MEMORY_MIN_MB = 1769;
const LAMBDA_MEMORY_MAX_MB = 10_240;

/** More than a query gets through within its 25 s; its samples in memory have a limit of their own. */
const QUERY_HOST_MINUTES_MAX = 1_000_000;
const QUERY_READ_UNITS_MAX = 1_000_000;

/** Ten years, as long as CloudWatch keeps logs; most of the bill is then storage. */
const RETENTION_DAYS_MAX = 3650;

const LOG_RETENTION_DAYS = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days <= RetentionDays.TEN_YEARS,
);

/** The settings as somebody writes them: what is absent has a default. */
export const SettingsSchema = v.strictObject(
  {
    /** Stack name; two deployments in one account and region need two. */
    name: v.optional(
      v.pipe(
        v.string('not a text'),
        v.regex(
          /^[A-Za-z][A-Za-z0-9-]{0,63}$/,
          'not a stack name: a letter, then at most 63 letters, digits and hyphens',
        ),
      ),
      'Hypervigil',
    ),
    /** Who is told by email, by severity; `operations` hears when Hypervigil itself is unwell. */
    emails: subscribers(email),
    /** Who is told by SMS, by severity. */
    phones: subscribers(phone),
    /** Web addresses that SNS posts to, by severity. */
    https: subscribers(httpsUrl),
    /** Mobile devices, by severity: ARNs of their platform endpoints. */
    push: subscribers(platformEndpoint),
    /** Topics and devices besides the stack's own topics that `rules/alertmanager.yaml` tells directly. */
    publishTo: listOf(topicOrEndpoint, PUBLISH_TO_MAX),
    /** May `rules/alertmanager.yaml` send text messages to phone numbers, without a topic? */
    publishToPhones: yesOrNo(false),
    /** Alertmanagers that are told of all alerts, as Prometheus tells them; Lambda must reach them. */
    alertmanagers: listOf(webUrl, ALERTMANAGERS_MAX),
    /** The table of an earlier deployment that was taken down, to go on with. Absent: one of the stack's own. */
    existingTable: v.optional(
      v.pipe(
        v.string('not a text'),
        v.regex(/^[A-Za-z0-9_.-]{3,255}$/, 'not the name of a DynamoDB table'),
      ),
    ),
    /**
     * Over how many partitions a minute of the fleet is spread: one serves some 10,000 hosts (1,000
     * writes a second). May be changed at any time, and holds from one of the next hours on.
     */
    shardCount: v.optional(wholeNumber(1, SHARDS_MAX), 1),
    /**
     * Most ingest Lambdas at once, and as many of remote write, reserved from the account's quota. Absent: no reservation, which
     * is all a new account allows (its quota of 10 must stay unreserved).
     */
    ingestConcurrencyMax: v.optional(wholeNumber(1, 1000)),
    /** Most Lambdas at once that answer queries and serve pages, reserved in the same way. Absent: no reservation. */
    apiConcurrencyMax: v.optional(wholeNumber(1, 1000)),
    /** Memory of the evaluator, which holds the newest minutes of the whole fleet. */
    evaluatorMemoryMb: v.optional(
      wholeNumber(EVALUATOR_MEMORY_MIN_MB, LAMBDA_MEMORY_MAX_MB),
      EVALUATOR_MEMORY_MIN_MB,
    ),
    /** What one query may read: minutes of a host, and DynamoDB's read units. What would read more is refused. */
    queryMaxHostMinutes: v.optional(wholeNumber(1000, QUERY_HOST_MINUTES_MAX), 100_000),
    queryMaxReadUnits: v.optional(wholeNumber(1000, QUERY_READ_UNITS_MAX), 40_000),
    /** Which alarms tell that Hypervigil itself is unwell. */
    alarms,
    /** What `alarms.batchesPerHourMax` was called before there were others. */
    batchesPerHourMax: v.optional(batchesPerHourMax),
    /** Days the samples are kept as they came. */
    rawRetentionDays: v.optional(wholeNumber(1, RETENTION_DAYS_MAX), 7),
    /** Days that points of a minute are kept. */
    minuteRetentionDays: v.optional(wholeNumber(1, RETENTION_DAYS_MAX), 30),
    /** Days that points of an hour are kept. */
    hourRetentionDays: v.optional(wholeNumber(1, RETENTION_DAYS_MAX), 400),
    /** Days the Lambdas' logs are kept. */
    logRetentionDays: v.optional(
      v.picklist(
        LOG_RETENTION_DAYS,
        `not one of the days CloudWatch offers: ${LOG_RETENTION_DAYS.join(', ')}`,
      ),
      RetentionDays.TWO_WEEKS,
    ),
    /** A dashboard in CloudWatch that shows how Hypervigil itself does: $3 a month, an account's first three are free. */
    dashboard: yesOrNo(false),
    ...watching,
    /** Encrypt table and topics under a KMS key of the stack's own (`true`) or one there is already (its ARN). */
    customerKey,
    /** A name of one's own for pages, API and, if asked for, agents. */
    domain,
    /** Whether and how people sign in; programs come with tokens either way. */
    signIn,
    /** The network that all Lambdas run in. */
    vpc,
    /** Protect the table from deletion and keep it when the stack goes. `false` is for trials. */
    keepData: yesOrNo(true),
  },
  problem,
);

const Config = v.pipe(
  SettingsSchema,
  v.forward(
    v.check(
      (all) => all.batchesPerHourMax === undefined || all.alarms.batchesPerHourMax === undefined,
      'is alarms.batchesPerHourMax too: name one of them',
    ),
    ['batchesPerHourMax'],
  ),
  v.transform(({ batchesPerHourMax: old, alarms: named, ...rest }) => ({
    ...rest,
    alarms: {
      ...named,
      batchesPerHourMax: named.batchesPerHourMax ?? old ?? BATCHES_PER_HOUR_MAX,
    },
  })),
);

/** A deployment's settings, defaults filled in. */
export type Config = v.InferOutput<typeof Config>;

/** Who a topic reaches. */
export type Audience = keyof Config['emails'];

/**
 * Reads the settings from a CDK context value: an object (cdk.json), JSON text of one (`cdk -c`),
 * or `undefined` for the defaults. The error names each wrong key, its value and what is expected,
 * one a line.
 */
export function readConfig(context: unknown): Result<Config, string> {
  const value = typeof context === 'string' ? parseJson(context) : context;
  const parsed = v.safeParse(Config, value ?? {}, { abortPipeEarly: true });
  if (parsed.success) return ok(parsed.output);
  return err(parsed.issues.map(describe).join('\n'));
}

function describe(issue: v.BaseIssue<unknown>): string {
  const path = (issue.path ?? []).map(({ key }) =>
    typeof key === 'number' ? `[${key}]` : `.${String(key)}`,
  );
  const { expected, input } = issue;
  // An unknown key and a missing one have no value; one of many keys is too long to help.
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
  const isShown = expected !== 'never' && input !== undefined && !isObject;
  const value = isShown ? `, but ${JSON.stringify(input)}` : '';
  return `${CONTEXT_KEY}${path.join('')}: ${issue.message}${value}`;
}

/** Text that is no JSON stays text, which the schema then refuses as "not an object". */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
