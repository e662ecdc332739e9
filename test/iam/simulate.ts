import {
  anonymousPrincipal,
  runSimulation,
  runUnsafeSimulation,
  type Simulation,
} from '@cloud-copilot/iam-simulate';
import { ACCOUNT } from './account.ts';
import type { Policy, Role } from './roles.ts';

/** What somebody does. `context`: what AWS knows of the request besides, such as the partition keys. */
export interface Call {
  readonly action: string;
  /** An ARN, or `*` where an action has none; of a text message, the phone's number, which has none either. */
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | string[]>>;
}

/** Who does it: one of the roles, a service, somebody of whatever account, or nobody known. */
export type Caller =
  | { readonly role: Role }
  | { readonly service: string }
  | { readonly arn: string }
  | 'anybody';

/** Does AWS let that happen? Throws for what is no action or no policy. */
export async function isAllowed(
  caller: Caller,
  call: Call,
  resourcePolicies: ReadonlyMap<string, Policy>,
): Promise<boolean> {
  const { action, resource, context = {} } = call;
  const own = resourcePolicies.get(resource);
  const [, , , , account] = resource.split(':');
  const simulation: Simulation = {
    request: {
      principal: principalOf(caller),
      action,
      resource: { resource, accountId: account || ACCOUNT },
      contextVariables: { 'aws:SecureTransport': 'true', ...context },
    },
    identityPolicies: 'role' in Object(caller) ? identityPolicies(caller) : [],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    ...(own === undefined ? {} : { resourcePolicy: own.document }),
  };
  // The simulator checks what it is asked, and takes a phone number for no resource of SNS'.
  if (resource.startsWith('+')) return runUnsafeSimulation(simulation, {}) === 'Allowed';
  const result = await runSimulation(simulation, {});
  if (result.resultType === 'error')
    throw new Error(`${action} on ${resource}: ${JSON.stringify(result.errors)}`);
  return result.overallResult === 'Allowed';
}

function principalOf(caller: Caller): Simulation['request']['principal'] {
  if (caller === 'anybody') return anonymousPrincipal;
  if ('service' in caller) return caller.service;
  if ('arn' in caller) return caller.arn;
  return `arn:aws:sts::${ACCOUNT}:assumed-role/${caller.role.id}/session`;
}

function identityPolicies(caller: Caller): Simulation['identityPolicies'] {
  if (caller === 'anybody' || !('role' in caller)) return [];
  return caller.role.policies.map(({ id, document }) => ({ name: id, policy: document }));
}
