import * as v from 'valibot';
import { ACCOUNT, type Account, type Deployed } from './account.ts';

function oneOrMore<T extends v.GenericSchema>(item: T) {
  return v.pipe(
    v.union([v.array(item), item]),
    v.transform((value) => [value].flat()),
  );
}

const Texts = v.optional(oneOrMore(v.string()), []);
const Principal = v.union([
  v.literal('*'),
  v.record(v.string(), v.union([v.string(), v.array(v.string())])),
]);

const Statement = v.strictObject({
  Sid: v.optional(v.string()),
  Effect: v.picklist(['Allow', 'Deny']),
  Principal: v.optional(Principal),
  Action: Texts,
  NotAction: Texts,
  Resource: Texts,
  NotResource: Texts,
  Condition: v.optional(v.record(v.string(), v.record(v.string(), oneOrMore(v.string()))), {}),
});

/** One statement of a policy; lists that it has not are empty. */
export type PolicyStatement = v.InferOutput<typeof Statement>;

const Document = v.looseObject({ Statement: v.array(v.unknown()) });

/** A policy, as it goes to the simulator and as it is looked at. */
export interface Policy {
  readonly id: string;
  readonly document: unknown;
  readonly statements: readonly PolicyStatement[];
}

/** A role and all that it may. */
export interface Role {
  readonly id: string;
  readonly arn: string;
  /** Who may take it on: services' names. */
  readonly trusted: readonly string[];
  readonly policies: readonly Policy[];
  /** Policies of AWS, by ARN. */
  readonly managed: readonly string[];
}

const RoleProperties = v.looseObject({
  AssumeRolePolicyDocument: v.looseObject({
    Statement: v.array(
      v.looseObject({
        Effect: v.literal('Allow'),
        Principal: v.strictObject({ Service: oneOrMore(v.string()) }),
      }),
    ),
  }),
  Policies: v.optional(v.array(v.looseObject({ PolicyDocument: v.unknown() })), []),
  ManagedPolicyArns: v.optional(v.array(v.string()), []),
});

export function policyOf(id: string, document: unknown): Policy {
  const { Statement: all } = v.parse(Document, document);
  return { id, document, statements: all.map((one) => v.parse(Statement, one)) };
}

/** All roles of the template, with inline policies and those attached to them. */
export function rolesOf(account: Account): readonly Role[] {
  const attached = account.ofType('AWS::IAM::Policy').map(({ id, properties }) => ({
    roles: v.parse(v.array(v.string()), properties['Roles']),
    policy: policyOf(id, properties['PolicyDocument']),
  }));
  const known = attached.length + account.ofType('AWS::IAM::Role').length;
  const all = account.resources.filter(({ type }) => type.startsWith('AWS::IAM::'));
  if (all.length !== known) throw new Error('there is more of IAM than roles and their policies');
  return account.ofType('AWS::IAM::Role').map(({ id, properties }) => {
    const role = v.parse(RoleProperties, properties);
    const inline = role.Policies.map(({ PolicyDocument }, i) =>
      policyOf(`${id}.${i}`, PolicyDocument),
    );
    const own = attached.filter(({ roles }) => roles.includes(id)).map(({ policy }) => policy);
    return {
      id,
      arn: `arn:aws:iam::${ACCOUNT}:role/${id}`,
      trusted: role.AssumeRolePolicyDocument.Statement.flatMap((one) => one.Principal.Service),
      policies: [...inline, ...own],
      managed: role.ManagedPolicyArns,
    };
  });
}

const POLICIES: Readonly<Record<string, (properties: Deployed['properties']) => unknown>> = {
  'AWS::SNS::TopicPolicy': (properties) => properties['Topics'],
  'AWS::SQS::QueuePolicy': (properties) => properties['Queues'],
};

/** The policies of resources themselves, by the resource's ARN: topics, queues, keys. */
export function resourcePolicies(account: Account): ReadonlyMap<string, Policy> {
  const found = new Map<string, Policy>();
  const arnOf = (reference: string) => {
    if (reference.startsWith('arn:')) return reference;
    return account.arn(reference.slice(reference.lastIndexOf('/') + 1));
  };
  for (const { id, type, properties } of account.resources) {
    const of = POLICIES[type];
    if (of !== undefined)
      for (const reference of v.parse(v.array(v.string()), of(properties)))
        found.set(arnOf(reference), policyOf(id, properties['PolicyDocument']));
    if (type === 'AWS::KMS::Key') found.set(account.arn(id), policyOf(id, properties['KeyPolicy']));
    if (/Policy$/.test(type) && of === undefined && type !== 'AWS::IAM::Policy')
      throw new Error(`${id}: a ${type}, which nothing here looks at: add it`);
  }
  return found;
}
