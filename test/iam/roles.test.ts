import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { bundle, removeBundles } from '../../infra/aws/bundle.ts';
import type { FunctionName } from '../../infra/aws/hypervigil.ts';
import { synthesized } from '../infra/synthesized.ts';
import { ACCOUNT, type Account, deployed, REGION } from './account.ts';
import { unusedGrants } from './grants.ts';
import { elsewhere, misdeeds, otherPartitions } from './neighbours.ts';
import { recordAll } from './record.ts';
import { type Role, resourcePolicies, rolesOf } from './roles.ts';
import { GONE_TOPIC, PAGER_TOPIC, PHONE } from './settings.ts';
import { type Call, isAllowed } from './simulate.ts';
import { callsOfTemplate, INTERFACE_ACTIONS, keyUseOf } from './template-calls.ts';
import { functionsOf } from './world.ts';

/**
 * What the functions call of AWS is recorded while they run, in the environment that the template gives them, and
 * each call is put to a simulator of IAM with the policies of the template: what a role needs it may, and nothing
 * beside it.
 */

vi.setConfig({ testTimeout: 60_000, hookTimeout: 240_000 });

interface Deployment {
  readonly account: Account;
  readonly roles: readonly Role[];
  /** What is done with a role, by its id. */
  readonly callsOf: (role: Role) => readonly Call[];
}

/** Rights with a resource that is a wildcard, by what it is, with the reason. */
const WILDCARDS: Readonly<Record<string, string>> = {
  'logs:CreateLogStream log-group:*': 'the streams of the own group, whose names Lambda makes up',
  'logs:PutLogEvents log-group:*': 'the streams of the own group, whose names Lambda makes up',
  'sns:Publish not arn:*:sns:*:*:*': 'phone numbers have no ARN, so all that has one is left out',
  'sns:Unsubscribe *': 'SNS has no resource for it; the code ends only what our topics list',
  'xray:PutTraceSegments *': 'traces have no name',
  'xray:PutTelemetryRecords *': 'traces have no name',
  ...Object.fromEntries(
    INTERFACE_ACTIONS.map((action) => [
      `${action} *`,
      'network interfaces have no name before Lambda makes them; what the code asks for is denied',
    ]),
  ),
};

let everything: Deployment;
let plain: Deployment;
let recorded: ReadonlyMap<string, readonly Call[]>;

beforeAll(async () => {
  const { account, calls } = await recordAll();
  recorded = calls;
  const deployment = (of: Account): Deployment => {
    const own = callsOfTemplate(of);
    const names = new Map(functionsOf(of).map(({ name, role }) => [role, name ?? '']));
    return {
      account: of,
      roles: rolesOf(of),
      callsOf: (role) => {
        const recorded = calls.get(names.get(role.arn) ?? '') ?? [];
        return [...recorded, ...(own.get(role.arn) ?? [])];
      },
    };
  };
  everything = deployment(account);
  plain = deployment(deployed(synthesized()));
  expect(calls.get('recorder')).toBeUndefined();
});
afterAll(() => {
  vi.unstubAllEnvs();
  removeBundles();
});

/** The calls that end otherwise than they should, each as a line. */
async function wrongly(
  { account, roles }: Deployment,
  callsOf: (role: Role) => readonly Call[],
  shouldBe: boolean,
): Promise<string[]> {
  const policies = resourcePolicies(account);
  const lines: string[] = [];
  for (const role of roles)
    for (const call of callsOf(role))
      if ((await isAllowed({ role }, call, policies)) !== shouldBe)
        lines.push(`${role.id}: ${JSON.stringify(call)}`);
  return lines;
}

describe('each role', () => {
  test('is known by what is done with it', () => {
    for (const { roles, callsOf } of [everything, plain])
      for (const role of roles) expect(callsOf(role).length, role.id).toBeGreaterThan(0);
    expect(everything.roles.length).toBeGreaterThanOrEqual(9);
  });

  test('may do all that is done with it, and use the key that it takes', async () => {
    const { account, callsOf } = everything;
    const all = (role: Role) => callsOf(role).flatMap((call) => [call, ...keyUseOf(account, call)]);
    expect(await wrongly(everything, all, true)).toEqual([]);
    expect(everything.roles.flatMap(all).some(({ action }) => action === 'kms:Decrypt')).toBe(true);
  });

  test('may do the same without settings, but for what the settings had allowed', async () => {
    const told = new Set<string>([PAGER_TOPIC, GONE_TOPIC, PHONE]);
    const isExtra = ({ action, resource }: Call) => action === 's3:GetObject' || told.has(resource);
    const { callsOf } = plain;
    const usual = (role: Role) => callsOf(role).filter((call) => !isExtra(call));
    const extra = (role: Role) => callsOf(role).filter(isExtra);
    expect(await wrongly(plain, usual, true)).toEqual([]);
    expect(await wrongly(plain, extra, false)).toEqual([]);
    expect(plain.roles.flatMap(extra).length).toBeGreaterThanOrEqual(5);
  });

  test('may do none of it to a neighbour: another table, topic, queue, function, file, account or region', async () => {
    const neighbours = (role: Role) => distinct(everything.callsOf(role)).flatMap(elsewhere);
    expect(await wrongly(everything, neighbours, false)).toEqual([]);
  });

  test('that may only act in some partitions of the table may not in others', async () => {
    const others = (role: Role) =>
      distinct(everything.callsOf(role)).flatMap((call) => otherPartitions(role, call));
    expect(await wrongly(everything, others, false)).toEqual([]);
    expect(everything.roles.filter((role) => others(role).length > 0).length).toBeGreaterThan(3);
  });

  test('may do to our own tables, topics, queues, functions and keys nothing that nobody does', async () => {
    const { account, roles } = everything;
    const types = ['DynamoDB::Table', 'SNS::Topic', 'SQS::Queue', 'Lambda::Function', 'KMS::Key'];
    const arns = [...types, 'IAM::Role', 'SSM::Parameter', 'Cognito::UserPool'].flatMap((type) =>
      account.ofType(`AWS::${type}`).map(({ id }) => account.arn(id)),
    );
    const [table = ''] = arns;
    const used = (role: Role) => new Set(everything.callsOf(role).map(({ action }) => action));
    const unused = (role: Role) =>
      ['GetItem', 'Query', 'BatchGetItem', 'PutItem', 'UpdateItem', 'DeleteItem']
        .map((name) => `dynamodb:${name}`)
        .filter((action) => !used(role).has(action))
        .map((action) => ({
          action,
          resource: table,
          context: { 'dynamodb:LeadingKeys': ['INV#KEY'] },
        }));
    // Who lists subscriptions may: of those it knows.
    const done = (role: Role) => (call: Call) =>
      everything
        .callsOf(role)
        .some(({ action, resource }) => action === call.action && resource === call.resource);
    const all = (role: Role) => [
      ...misdeeds(arns).filter((call) => !done(role)(call)),
      ...unused(role),
    ];
    expect(roles.flatMap(all).length).toBeGreaterThan(500);
    expect(await wrongly(everything, all, false)).toEqual([]);
  });

  test('acts on all of the table only as is said here, and within some partitions otherwise', () => {
    const found = everything.roles.map(({ id, policies }): [string, string[]] => {
      const free = policies
        .flatMap(({ statements }) => statements)
        .filter(({ Condition }) => Object.keys(Condition).length === 0)
        .flatMap(({ Action }) => Action.filter((action) => action.startsWith('dynamodb:')));
      const name = id.replace(/(ForTarget\w+)?[0-9A-F]{8}$/, '');
      return [name, free.map((action) => action.slice(9)).sort()];
    });
    expect(Object.fromEntries(found)).toEqual({
      IngestHandlerRole: ['GetItem', 'PutItem'],
      RemoteWriteHandlerRole: ['GetItem', 'PutItem', 'Query'],
      EvaluatorHandlerRole: ['BatchGetItem', 'GetItem', 'PutItem', 'Query'],
      CompactorHandlerRole: ['BatchGetItem', 'GetItem', 'PutItem', 'Query'],
      ApiHandlerRole: ['BatchGetItem', 'GetItem', 'Query'],
      EnrolHandlerRole: [],
      InstallHandlerRole: [],
      SchedulerRole: [],
    });
  });

  test('of a Lambda in a VPC lets Lambda make network interfaces, and the function not', async () => {
    const made = (role: Role) =>
      everything
        .callsOf(role)
        .filter(({ action }) => action.startsWith('ec2:'))
        .map((call) => ({
          ...call,
          context: { 'lambda:SourceFunctionArn': `arn:aws:lambda:${REGION}:${ACCOUNT}:function:x` },
        }));
    expect(everything.roles.filter((role) => made(role).length > 0)).toHaveLength(7);
    expect(await wrongly(everything, made, false)).toEqual([]);
    const anywhere = plain.roles.flatMap(plain.callsOf).filter(({ resource }) => resource === '*');
    expect([...new Set(anywhere.map(({ action }) => action))]).toEqual(['sns:Unsubscribe']);
  });

  test('has no right that nobody uses', () => {
    const unused = everything.roles.flatMap((role) => unusedGrants(role, everything.callsOf(role)));
    expect(unused).toEqual([]);
  });

  test('has no policy of AWS, which AWS may widen, and no wildcard but those with a reason', () => {
    for (const { roles } of [everything, plain]) {
      const found = roles.flatMap((role) => {
        expect(role.managed, role.id).toEqual([]);
        return role.policies.flatMap(({ statements }) => statements.flatMap(wildcardsOf));
      });
      expect([...new Set(found)].filter((wildcard) => !(wildcard in WILDCARDS))).toEqual([]);
    }
  });

  test('is taken on by one service, which is what it is for', () => {
    for (const { roles } of [everything, plain])
      for (const { id, trusted } of roles)
        expect([id, trusted]).toEqual([
          id,
          [id.startsWith('SchedulerRole') ? 'scheduler.amazonaws.com' : 'lambda.amazonaws.com'],
        ]);
  });
});

/** One call for each action on each resource. */
function distinct(calls: readonly Call[]): readonly Call[] {
  return [...new Map(calls.map((call) => [`${call.action} ${call.resource}`, call])).values()];
}

type Statement = Role['policies'][number]['statements'][number];

function wildcardsOf({ Effect, Action, NotAction, Resource, NotResource }: Statement): string[] {
  if (Effect === 'Deny') return [];
  const resources = [
    ...Resource.filter((resource) => resource.includes('*')).map((resource) =>
      resource.replace(/^arn:aws:logs:[^/]*:log-group:\w+:\*$/, 'log-group:*'),
    ),
    ...NotResource.map((resource) => `not ${resource}`),
  ];
  return [
    ...Action.filter((action) => action.includes('*')),
    ...NotAction.map((action) => `not ${action}`),
    ...Action.flatMap((action) => resources.map((resource) => `${action} ${resource}`)),
  ];
}

/**
 * The recording knows what a function called, not what it could: so its bundle is looked at, too. A command that is
 * there was recorded, or is listed with the reason why it is never sent.
 */
describe('the commands in the bundle', () => {
  const DISCOVERY = 'dynamodb:DescribeEndpoints'; // The client's own; it is off.
  const READS = ['dynamodb:Query', 'dynamodb:BatchGetItem']; // Of the chunk store, whose parts come together.
  const NEVER_SENT: Readonly<Record<FunctionName, readonly string[]>> = {
    ingest: READS,
    'remote-write': ['dynamodb:BatchGetItem'],
    enroll: ['dynamodb:Query'], // The audit log's, which lists.
    install: [],
    evaluate: [],
    compact: [],
    api: [],
  };

  test.each(Object.entries(NEVER_SENT))('of %s were all sent', (name, never) => {
    const sent = new Set((recorded.get(name) ?? []).map(({ action }) => action));
    const unsent = commandsIn(`functions/${name}/handler.ts`).filter(
      (action) => action !== DISCOVERY && !sent.has(action),
    );
    expect(unsent.sort()).toEqual([...never].sort());
  });
});

/** `dynamodb:PutItem` and so on: the right that each of the SDK's commands takes that are left in a bundle. */
function commandsIn(entry: string): string[] {
  const files = Object.values(bundle(entry).metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [file] : [],
    ),
  );
  const actions = files.flatMap((file) => {
    const service = /@aws-sdk\/client-([a-z]+)\/.*\/commands\//.exec(file)?.[1];
    return service === undefined ? [] : [`${service}:${basename(file, 'Command.js')}`];
  });
  return [...new Set(actions)].map((action) =>
    action === 'lambda:Invoke' ? 'lambda:InvokeFunction' : action,
  );
}
