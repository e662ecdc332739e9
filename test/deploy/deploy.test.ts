import { createHash } from 'node:crypto';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { CHUNK_MEDIA_TYPE } from '../../core/chunk/format.ts';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import { URGENT_HEADER, URGENT_VALUE } from '../../core/urgent.ts';
import { SecretRegister } from '../secrets/secret-register.ts';
import { ApiClient } from './api-client.ts';
import { type Cloud, startCloud } from './cloud.ts';
import { cloudWatchLogs, linesOf } from './cloud-logs.ts';
import { served, subscribersOf } from './dashboard-of.ts';
import { AGENT_VERSION, Deployment } from './deployment.ts';
import { type Message, type Subscriber, startSubscriber } from './subscriber.ts';

const HOST = 'metal-1';
/** The last digits of a VM's UUID tell it from others. */
const VMS = { web: '58', db: '59', cache: '60' } as const;
type Vm = keyof typeof VMS;
const SETTINGS = {
  emails: { critical: ['oncall@example.org'], operations: ['oncall@example.org'] },
};
const AGENT_FILE = `hypervigil-agent-${AGENT_VERSION}-linux-x64.gz`;
/** Of the right form, and nobody's. */
const UNKNOWN_KEY = `hv_${'0'.repeat(32)}`;

const secrets = new SecretRegister();
let cloud: Cloud;
let subscriber: Subscriber;
let trial: Deployment;
let key: string;
let said: string;
let admin: ApiClient | undefined;

/** The command one deploys with, in an account that never saw the CDK. */
beforeAll(async () => {
  [cloud, subscriber] = await Promise.all([startCloud(), startSubscriber()]);
  trial = new Deployment(cloud, 'Trial', secrets);
  said = await trial.deploy(SETTINGS);
});

afterAll(async () => {
  await Promise.all([cloud?.stop(), subscriber?.stop()]);
});

describe('the deployed stack', () => {
  it('says what to do next, and who is told', () => {
    expect(said).toContain(`curl -fsSL ${trial.stack.IngestUrl}install.sh | sudo sh`);
    expect(said).toContain(
      `npm run key -- --token NAME --role operator --table ${trial.stack.TableName}`,
    );
    // The emulator waits for nobody's click.
    expect(said).toMatch(/critical +oncall@example.org +is told/);
    expect(said).toMatch(/warning +NOBODY is told/);
  });

  it('takes a batch with a key, and tells who subscribed of the VM that crashed', async () => {
    const topics = new SNSClient(cloud.client);
    await topics.send(
      new SubscribeCommand({
        TopicArn: trial.stack.CriticalTopicArn,
        Protocol: 'http',
        Endpoint: subscriber.url,
      }),
    );
    key = await trial.enrol(HOST);
    expect(await post(UNKNOWN_KEY, ['web'])).toBe(401);
    expect(await post(key, ['web'])).toBe(200);

    const { body } = await subscriber.received(names('web'));
    expect(body).toContain('VmDown');
    expect(body).toContain(HOST);
    // Its links lead to the API.
    expect(body).toContain(new URL(trial.stack.ApiUrl).origin);
  });

  it('gives a sign of life at the end of a tick', async () => {
    await vi.waitFor(
      async () => {
        const lines = await linesOf(cloud, 'EvaluatorHandlerLogs');
        // A line by itself: what CloudWatch makes metrics of has nothing around it.
        const signs = lines.filter(
          (line) => line.startsWith('{') && line.includes('TickCompleted'),
        );
        expect(signs.map((line) => JSON.parse(line))).toContainEqual(
          expect.objectContaining({ Deployment: 'Trial', TickCompleted: 1 }),
        );
      },
      { timeout: 2 * MINUTE_MS, interval: 500 },
    );
  });

  it('tells of the next crash, but not of a VM that was silenced through the API', async () => {
    const token = await trial.makeKey('API token', '--token', 'oncall', '--role', 'operator');
    await new ApiClient(trial, token).silence('vm', 'db');
    expect(await post(key, ['web', 'db', 'cache'])).toBe(200);

    const { body } = await subscriber.received(names('cache'));
    expect(names('web')({ body })).toBe(true);
    expect(names('db')({ body })).toBe(false);
  });

  it('serves the dashboard: packed, and for browsers to keep where a name has a hash', async () => {
    const page = await served(trial, '');
    expect(page).toMatchObject({ status: 200, text: expect.stringContaining('<title>Hypervigil') });
    expect(page.header('content-security-policy')).toContain("script-src 'self'");
    const [script = 'none'] = /assets\/index-[\w-]+\.js/.exec(page.text) ?? [];
    const code = await served(trial, script);
    expect(code.status).toBe(200);
    expect(code.header('content-type')).toContain('javascript');
    expect(code.header('content-encoding')).toBe('br');
    expect(code.header('cache-control')).toContain('immutable');
    const worker = await served(trial, 'service-worker.js');
    expect(worker.text).toContain('notificationclick');
    expect(worker.header('cache-control')).not.toContain('immutable');
    const manifest = await served(trial, 'manifest.webmanifest');
    expect(JSON.parse(manifest.text)).toMatchObject({ name: 'Hypervigil', display: 'standalone' });
  });

  it('takes an address by the page, shows it beside those of the settings, and lets it go', async () => {
    const admin = await asAdmin();
    const address = 'ada@example.org';
    const wish = { protocol: 'email', address, topics: ['info'] };
    await admin.ask('POST', 'api/v1/subscriptions', wish);
    const all = await subscribersOf(admin);
    expect(all).toContainEqual(
      expect.objectContaining({
        address: 'oncall@example.org',
        topic: 'critical',
        from: 'settings',
      }),
    );
    const own = all.filter((one) => one.address === address);
    expect(own).toEqual([expect.objectContaining({ topic: 'info', from: 'here' })]);
    await admin.ask('DELETE', `api/v1/subscriptions/${own[0]?.id}`);
    expect((await subscribersOf(admin)).filter((one) => one.address === address)).toEqual([]);
    // What browsers subscribe with is made once.
    const key = await admin.ask('GET', 'api/v1/push/key');
    expect(await admin.ask('GET', 'api/v1/push/key')).toEqual(key);
  });

  it('goes by a rule that was saved over the API from the next tick on', async () => {
    const rule = { alert: 'Edited', expr: 'host_cpu_usage_percent > 5' };
    const labels = { severity: 'critical' };
    const text = JSON.stringify({ groups: [{ name: 'own', rules: [{ ...rule, labels }] }] });
    const admin = await asAdmin();
    await admin.ask('PUT', 'api/v1/rules/files/own.rules.yaml', { text, basedOn: 0 });
    expect(await post(key, ['web'])).toBe(200);
    expect((await subscriber.received(({ body }) => body.includes('Edited'))).body).toContain(HOST);
  });

  it('serves what installs agents, and the files of the agent from the bucket, for a token', async () => {
    const served = await fetch(trial.ingest('install.sh'));
    expect(served.status).toBe(200);
    const script = await served.text();
    expect(script).toContain(`URL='${new URL(trial.stack.IngestUrl).origin}'`);
    const schema = await fetch(trial.ingest('agent.schema.json'));
    expect(await schema.json()).toHaveProperty('$schema');

    const file = trial.ingest(`v1/agent/files/${AGENT_FILE}`);
    expect((await fetch(file)).status).toBe(401);
    const authorization = `Bearer ${await trial.makeKey('enrolment token', '--enrol-token')}`;
    const sentOn = await fetch(file, { redirect: 'manual', headers: { authorization } });
    expect(sentOn.status).toBe(302);
    const content = await fetch(sentOn.headers.get('location') ?? '');
    const sha256 = createHash('sha256').update(Buffer.from(await content.arrayBuffer()));
    expect(script).toContain(`"sha256": "${sha256.digest('hex')}"`);
  });

  it('has another one beside it in the account, which knows nothing of it', async () => {
    const second = new Deployment(cloud, 'Second', secrets);
    await second.deploy({});
    expect(second.stack.TableName).not.toBe(trial.stack.TableName);
    expect(await post(key, ['web'], second)).toBe(401);
    expect(await post(await second.enrol(HOST), ['web'], second)).toBe(200);
    await second.destroy({}, '--delete-data');
    expect(await post(key, ['web'])).toBe(200);
  });

  it('has logged no secret', async () => {
    secrets.keep('host key', UNKNOWN_KEY);
    const logs = [...(await cloudWatchLogs(cloud)), trial.log(), cloud.log()];
    expect(secrets.leaksIn(logs)).toEqual([]);
  });

  it('goes and leaves its data, with which another goes on', async () => {
    const { TableName } = trial.stack;
    const kept = await trial.destroy(SETTINGS);
    expect(kept).toContain(`"existingTable": "${TableName}"`);

    await trial.deploy({ ...SETTINGS, existingTable: TableName });
    expect(trial.stack.TableName).toBe(TableName);
    // The keys are in the table, so no host has to enrol again.
    expect(await post(key, ['web'])).toBe(200);
  });

  it('leaves nothing when it is taken down for good', async () => {
    const { TableName } = trial.stack;
    const gone = await trial.destroy({ ...SETTINGS, existingTable: TableName }, '--delete-data');
    expect(gone).toContain(`${TableName} is deleted`);
    const tables = new DynamoDBClient(cloud.client);
    await expect(tables.send(new DescribeTableCommand({ TableName }))).rejects.toThrow(
      expect.objectContaining({ name: 'ResourceNotFoundException' }),
    );
  });
});

async function asAdmin(): Promise<ApiClient> {
  admin ??= new ApiClient(
    trial,
    await trial.makeKey('API token', '--token', 'ada', '--role', 'admin'),
  );
  return admin;
}

function names(vm: Vm): (message: Pick<Message, 'body'>) => boolean {
  return ({ body }) => body.includes(uuidOf(vm));
}

function uuidOf(vm: Vm): string {
  return `5f4d2c7a-3a8e-4b57-9f0e-6d1c2b3a49${VMS[vm]}`;
}

/** Posts what an agent would: a host that is well, with VMs that crashed. Gives the HTTP status. */
async function post(hostKey: string, vms: readonly Vm[], to = trial): Promise<number> {
  const response = await fetch(to.ingest('v1/batches'), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${hostKey}`,
      'content-type': CHUNK_MEDIA_TYPE,
      // As of an agent that has just seen it: a tick is started, rather than waited for.
      [URGENT_HEADER]: URGENT_VALUE,
    },
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
