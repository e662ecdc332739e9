import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as v from 'valibot';
import { err, ok, type Result } from '../../core/result.ts';

/** The key under `context` in cdk.json that holds a deployment's settings. */
export const CONTEXT_KEY = 'hypervigil';

/** SNS has no limit worth naming here; a list this long is a mailing list and wants an address of its own. */
const SUBSCRIBERS_MAX = 100;

/** A shard serves some 10,000 hosts (1,000 writes a second); a tick queries each one separately. */
const SHARDS_MAX = 64;

/** Ten years, as long as CloudWatch keeps logs; most of the bill is then storage. */
const RAW_RETENTION_DAYS_MAX = 3650;

const LOG_RETENTION_DAYS = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days <= RetentionDays.TEN_YEARS,
);

const email = v.pipe(v.string('not a text'), v.email('not an email address'));
const phone = v.pipe(
  v.string('not a text'),
  v.regex(/^\+[1-9][0-9]{6,14}$/, 'not a phone number such as +14155550123 (E.164)'),
);

function subscribers(address: v.GenericSchema<string>) {
  const list = v.optional(
    v.pipe(
      v.array(address, 'not a list'),
      v.maxLength(SUBSCRIBERS_MAX, `more than ${SUBSCRIBERS_MAX} entries`),
      v.check((all) => new Set(all).size === all.length, 'names an address twice'),
    ),
    [],
  );
  return v.optional(
    v.strictObject({ critical: list, warning: list, info: list, operations: list }, problem),
    {},
  );
}

const Config = v.strictObject(
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
    /** Over how many partitions a minute of the fleet is spread. */
    shardCount: v.optional(wholeNumber(1, SHARDS_MAX), 1),
    /**
     * Most ingest Lambdas at once, reserved from the account's quota. Absent: no reservation, which
     * is all a new account allows (its quota of 10 must stay unreserved).
     */
    ingestConcurrencyMax: v.optional(wholeNumber(1, 1000)),
    /** Days the samples are kept as they came. */
    rawRetentionDays: v.optional(wholeNumber(1, RAW_RETENTION_DAYS_MAX), 7),
    /** Days the Lambdas' logs are kept. */
    logRetentionDays: v.optional(
      v.picklist(
        LOG_RETENTION_DAYS,
        `not one of the days CloudWatch offers: ${LOG_RETENTION_DAYS.join(', ')}`,
      ),
      RetentionDays.TWO_WEEKS,
    ),
    /** Encrypt table and topics under a KMS key of the stack's own rather than AWS-managed ones. */
    customerKey: v.optional(v.boolean('neither true nor false'), false),
    /** Protect the table from deletion and keep it when the stack goes. `false` is for trials. */
    keepData: v.optional(v.boolean('neither true nor false'), true),
  },
  problem,
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

function wholeNumber(min: number, max: number) {
  const message = `not a whole number from ${min} to ${max}`;
  return v.pipe(
    v.number(message),
    v.integer(message),
    v.minValue(min, message),
    v.maxValue(max, message),
  );
}

function problem(issue: v.StrictObjectIssue): string {
  return issue.expected === 'never' ? 'no such setting' : 'not an object';
}

function describe(issue: v.BaseIssue<unknown>): string {
  const path = (issue.path ?? []).map(({ key }) =>
    typeof key === 'number' ? `[${key}]` : `.${String(key)}`,
  );
  const value = issue.expected === 'never' ? '' : `, but ${JSON.stringify(issue.input)}`;
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
