import * as v from 'valibot';
import { problem, yesOrNo } from './parts.ts';

/**
 * Whether people sign in to the dashboard and the API, by a Cognito user pool of the stack's own. Free up to 10,000
 * people a month, then $0.0055 each (its tier "Lite"; aws.amazon.com/cognito/pricing).
 */
export const signIn = v.optional(
  v.strictObject(
    {
      /** `false`: there are API tokens only. */
      enabled: yesOrNo(true),
      /** Whether each person needs a second factor, an app that makes codes, or may have one. */
      mfa: v.optional(
        v.picklist(['optional', 'required'], 'neither "optional" nor "required"'),
        'optional',
      ),
      /** The pool of an earlier deployment that was taken down, with its people. Absent: one of the stack's own. */
      existingUserPool: v.optional(
        v.pipe(
          v.string('not a text'),
          v.regex(/^[a-z0-9-]{1,40}_[A-Za-z0-9]{1,14}$/, 'not the id of a user pool'),
        ),
      ),
    },
    problem,
  ),
  {},
);
