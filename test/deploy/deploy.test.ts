import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { CHUNK_MEDIA_TYPE } from '../../core/chunk/format.ts';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import { newSigningKey, writeRelease } from '../install-function/fake-release.ts';
import { type Cloud, startCloud } from './cloud.ts';
import { type Message, type Subscriber, startSubscriber } from './subscriber.ts';

const HOST = 'metal-1';
/** The last digits of a VM's UUID tell it from others. */
const VMS = { web: '58', db: '59', cache: '60' } as const;
type Vm = keyof typeof VMS;
const SETTINGS = {
  name: 'Trial',
  emails: { critical: ['oncall@example.org'], operations: ['oncall@example.org'] },
};

const Outputs = v.object({
  Trial: v.object({
    IngestUrl: v.string(),
    ApiUrl: v.string(),
    TableName: v.string(),
    CriticalTopicArn: v.string(),
  }),
});

const LOGS = 'EvaluatorHandlerLogs';
const LogGroups = v.object({
  logGroups: v.strictTuple([v.object({ logGroupName: v.string() })]),
});
const LogEvents = v.object({ events: v.array(v.object({ message: v.string() })) });

/** The agent that can be installed: too small to be one, but signed and described like one. */
const VERSION = '1.2.3';
const AGENT_FILE = `hypervigil-agent-${VERSION}-linux-x64.gz`;

let cloud: Cloud;
let subscriber: Subscriber;
let folder: string;
let key: string;
let stack: v.InferOutput<typeof Outputs>['Trial'];

let said: string;

/** The command one deploys with, in an account that never saw the CDK. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hypervigil-deploy-'));
  writeRelease(join(folder, 'release'), { version: VERSION, key: newSigningKey() });
  [cloud, subscriber] = await Promise.all([startCloud(), startSubscriber()]);
  said = await deploy(SETTINGS);
});

afterAll(async () => {
  await Promise.all([cloud?.stop(), subscriber?.stop()]);
  if (folder !== undefined) await rm(folder, { recursive: true });
});

describe('the deployed stack', () => {
  it('says what to do next, and who is told', () => {
    expect(said).toContain(`curl -fsSL ${stack.IngestUrl}install.sh | sudo sh`);
    expect(said).toContain(
      `npm run key -- --token NAME --role operator --table ${stack.TableName}`,
    );
    // The emulator waits for nobody's click.
    expect(said).toMatch(/critical +oncall@example.org +is told/);
    expect(said).toMatch(/warning +NOBODY is told/);
  });

  it('takes a batch with a key, and tells who subscribed of the VM that crashed', async () => {
    const topics = new SNSClient(client());
    await topics.send(
      new SubscribeCommand({
        TopicArn: stack.CriticalTopicArn,
        Protocol: 'http',
        Endpoint: subscriber.url,
      }),
    );
    key = await enrolled(await makeKey('--enrol-token'), HOST);
    expect(await post('hv_00000000000000000000000000000000', ['web'])).toBe(401);
    expect(await post(key, ['web'])).toBe(200);

    const { body } = await subscriber.received(names('web'));
    expect(body).toContain('VmDown');
    expect(body).toContain(HOST);
    // Its links lead to the API.
    expect(body).toContain(new URL(stack.ApiUrl).origin);
  });

  it('gives a sign of life at the end of a tick', async () => {
    const logs = v.parse(
      LogGroups,
      await cloud.call('Logs_20140328.DescribeLogGroups', { logGroupNamePattern: LOGS }),
    );
    const [{ logGroupName }] = logs.logGroups;
    await vi.waitFor(
      async () => {
        const { events } = v.parse(
          LogEvents,
          await cloud.call('Logs_20140328.FilterLogEvents', { logGroupName }),
        );
        // A line by itself: what CloudWatch makes metrics of has nothing around it.
        const [line] = events.flatMap(({ message }) =>
          message.startsWith('{') && message.includes('_aws') ? [JSON.parse(message)] : [],
        );
        expect(line).toMatchObject({ Deployment: 'Trial', TickCompleted: 1 });
      },
      { timeout: 2 * MINUTE_MS, interval: 500 },
    );
  });

  it('tells of the next crash, but not of a VM that was silenced through the API', async () => {
    const token = await makeKey('--token', 'oncall', '--role', 'operator');
    const silenced = await fetch(functionUrl(stack.ApiUrl, 'api/v2/silences'), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        matchers: [{ name: 'vm', value: 'db', isRegex: false, isEqual: true }],
        startsAt: new Date().toISOString(),
        endsAt: new Date(Date.now() + 60 * MINUTE_MS).toISOString(),
        createdBy: 'ada',
        comment: 'is being moved',
      }),
    });
    expect(silenced.status).toBe(200);
    expect(await post(key, ['web', 'db', 'cache'])).toBe(200);

    const { body } = await subscriber.received(names('cache'));
    expect(names('web')({ body })).toBe(true);
    expect(names('db')({ body })).toBe(false);
  });

  it('serves what installs agents, and the files of the agent from the bucket, for a token', async () => {
    const served = await fetch(functionUrl(stack.IngestUrl, 'install.sh'));
    expect(served.status).toBe(200);
    const script = await served.text();
    expect(script).toContain(`URL='${new URL(stack.IngestUrl).origin}'`);
    const schema = await fetch(functionUrl(stack.IngestUrl, 'agent.schema.json'));
    expect(await schema.json()).toHaveProperty('$schema');

    const file = functionUrl(stack.IngestUrl, `v1/agent/files/${AGENT_FILE}`);
    expect((await fetch(file)).status).toBe(401);
    const authorization = `Bearer ${await makeKey('--enrol-token')}`;
    const sentOn = await fetch(file, { redirect: 'manual', headers: { authorization } });
    expect(sentOn.status).toBe(302);
    const content = await fetch(sentOn.headers.get('location') ?? '');
    const sha256 = createHash('sha256').update(Buffer.from(await content.arrayBuffer()));
    expect(script).toContain(`"sha256": "${sha256.digest('hex')}"`);
  });

  it('goes and leaves its data, with which another goes on', async () => {
    const { TableName } = stack;
    const kept = await destroy(SETTINGS);
    expect(kept).toContain(`"existingTable": "${TableName}"`);

    await deploy({ ...SETTINGS, existingTable: TableName });
    expect(stack.TableName).toBe(TableName);
    // The keys are in the table, so no host has to enrol again.
    expect(await post(key, ['web'])).toBe(200);
  });

  it('leaves nothing when it is taken down for good', async () => {
    const gone = await destroy({ ...SETTINGS, existingTable: stack.TableName }, '--delete-data');
    expect(gone).toContain(`${stack.TableName} is deleted`);
    const tables = new DynamoDBClient(client());
    await expect(
      tables.send(new DescribeTableCommand({ TableName: stack.TableName })),
    ).rejects.toThrow(expect.objectContaining({ name: 'ResourceNotFoundException' }));
  });
});

type Settings = typeof SETTINGS & { readonly existingTable?: string };

/** What `npm run deploy` prints. */
async function deploy(settings: Settings): Promise<string> {
  const outputs = join(folder, 'outputs.json');
  const printed = await command('deploy', settings, '--outputs-file', outputs);
  stack = v.parse(Outputs, JSON.parse(await readFile(outputs, 'utf8'))).Trial;
  return printed;
}

function destroy(settings: Settings, ...more: string[]): Promise<string> {
  return command('destroy', settings, ...more);
}

function command(name: 'deploy' | 'destroy', settings: Settings, ...more: string[]) {
  const context = `hypervigil=${JSON.stringify(settings)}`;
  const output = join(folder, 'cdk.out');
  const args = ['--yes', '--context', context, '--output', output, ...more];
  return cloud.run('node', [`infra/aws/${name}.ts`, ...args], {
    environment: { HYPERVIGIL_AGENT_RELEASE: join(folder, 'release') },
  });
}

function client() {
  return {
    endpoint: cloud.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
}

function makeKey(...what: string[]): Promise<string> {
  return cloud.run('node', ['infra/aws/key.ts', ...what, '--table', stack.TableName]);
}

/** A host's key, as its agent gets it: ingest sends it on to where keys are made. */
async function enrolled(token: string, host: string): Promise<string> {
  const own = `hv_${randomBytes(24).toString('base64url')}`;
  const request = {
    method: 'POST',
    redirect: 'manual',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ host, keyHash: createHash('sha256').update(own).digest('base64url') }),
  } as const;
  const sentOn = await fetch(functionUrl(stack.IngestUrl, 'v1/enrolments'), request);
  expect(sentOn.status).toBe(307);
  const { origin, pathname } = new URL(sentOn.headers.get('location') ?? '');
  const answer = await fetch(functionUrl(origin, pathname.slice(1)), request);
  expect(await answer.json()).toEqual({ outcome: 'enrolled', host });
  return own;
}

/** The emulator has a Function URL's name for a path, so that no DNS is needed. */
function functionUrl(url: string, path: string): string {
  return `${cloud.endpoint}/_aws/lambda-url/${new URL(url).hostname.split('.')[0]}/${path}`;
}

function names(vm: Vm): (message: Pick<Message, 'body'>) => boolean {
  return ({ body }) => body.includes(uuidOf(vm));
}

function uuidOf(vm: Vm): string {
  return `5f4d2c7a-3a8e-4b57-9f0e-6d1c2b3a49${VMS[vm]}`;
}

/** Posts what an agent would: a host that is well, with VMs that crashed. Gives the HTTP status. */
async function post(hostKey: string, vms: readonly Vm[]): Promise<number> {
  const response = await fetch(functionUrl(stack.IngestUrl, 'v1/batches'), {
    method: 'POST',
    headers: { authorization: `Bearer ${hostKey}`, 'content-type': CHUNK_MEDIA_TYPE },
    body: encodeChunk(crashed(vms, Date.now())),
  });
  return response.status;
}

function crashed(vms: readonly Vm[], nowMs: number): Series[] {
  const sample = (labels: Record<string, string>, value: number): Series => ({
    labels: labelsFrom(labels),
    timestamps: Float64Array.of(nowMs),
    values: Float64Array.of(value),
  });
  return [
    sample({ __name__: 'host_cpu_usage_percent', host: HOST }, 12),
    ...vms.flatMap((vm) => {
      const labels = { host: HOST, vm, uuid: uuidOf(vm) };
      return [
        sample({ __name__: 'vm_up', ...labels }, 0),
        sample({ __name__: 'vm_state', ...labels, reason: 'crashed' }, 6),
      ];
    }),
  ];
}
