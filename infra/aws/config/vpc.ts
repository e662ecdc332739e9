import * as v from 'valibot';
import { problem, someOf, textLike } from './parts.ts';

/** Lambda's own limits. Source: docs.aws.amazon.com/lambda/latest/api/API_VpcConfig.html */
const SUBNETS_MAX = 16;
const SECURITY_GROUPS_MAX = 5;

function idOf(kind: 'vpc' | 'subnet' | 'sg', what: string) {
  return textLike(new RegExp(`^${kind}-[0-9a-f]{8,17}$`), `not the id of ${what}: ${kind}-...`);
}

/** The network that all Lambdas run in. Absent: none, which is Lambda's own. */
export const vpc = v.optional(
  v.strictObject(
    {
      id: idOf('vpc', 'a VPC'),
      /** Private ones, in two or more availability zones. */
      subnetIds: someOf(idOf('subnet', 'a subnet'), SUBNETS_MAX),
      /** They must let out HTTPS; nothing comes in. */
      securityGroupIds: someOf(idOf('sg', 'a security group'), SECURITY_GROUPS_MAX),
    },
    problem,
  ),
);
