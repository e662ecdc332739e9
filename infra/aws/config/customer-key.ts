import * as v from 'valibot';

const KEY_ARN = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key\/[A-Za-z0-9-]{1,64}$/;

const PROBLEM = 'neither true, false nor the ARN of a KMS key (an alias is none)';

/**
 * The key that encrypts table and topics. `false`: AWS-managed ones; `true`: one of the stack's own; an
 * ARN: that key, whose policy has to allow it, as CDK can't change it.
 */
export const customerKey = v.optional(
  v.union([v.boolean(), v.pipe(v.string(), v.regex(KEY_ARN, PROBLEM))], PROBLEM),
  false,
);
