import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FakeLibvirtd, fakeVm } from '../agent/libvirt/fake-libvirtd.ts';
import { SecretRegister } from '../secrets/secret-register.ts';
import { ApiClient } from './api-client.ts';
import { type Cloud, startCloud } from './cloud.ts';
import { cloudWatchLogs, linesOf } from './cloud-logs.ts';
import { DeployedAgent } from './deployed-agent.ts';
import { Deployment } from './deployment.ts';
import { type FunctionUrlFront, startFunctionUrlFront } from './function-url-front.ts';
import { copySources, editSource } from './sources.ts';
import { type Told, ToldQueue } from './told-queue.ts';

const HOST = 'metal-1';
const CPU = `host_cpu_usage_percent{host="${HOST}"}`;
/** As libvirt has it of a VM whose process died (virDomainState, virDomainShutoffReason). */
const CRASHED = { 'state.state': 5, 'state.reason': 3 };
const SOON = { timeout: 120_000, interval: 500 };
/** Nothing answers at these. */
const ALERTMANAGER = 'http://hypervigil:p4ssw0rd-of-ours@127.0.0.1:2';
const WEBHOOK = 'http://127.0.0.1:2/services/T0KEN-of-a-chat';

const secrets = new SecretRegister();
/** By commands of `hypervigil`. */
const printed: string[] = [];
let cloud: Cloud;
let front: FunctionUrlFront;
let libvirtd: FakeLibvirtd;
let deployment: Deployment;
let agent: DeployedAgent;
let queue: ToldQueue;
let api: ApiClient;
let sources: string;
let tokenFile: string;

beforeAll(async () => {
  secrets.keep('webhook address', new URL(WEBHOOK).pathname);
  secrets.keep('password', new URL(ALERTMANAGER).password);
  cloud = await startCloud();
  sources = join(cloud.folder, 'sources');
  copySources(sources);
  const receiver = '  - name: critical\n';
  const webhook = `    webhook_configs: [{ url: ${WEBHOOK} }]\n`;
  editSource(sources, 'rules/alertmanager.yaml', receiver, receiver + webhook);
  [front, libvirtd] = await Promise.all([
    startFunctionUrlFront(cloud.endpoint),
    FakeLibvirtd.start(['web', 'db', 'cache'].map((name) => fakeVm(name))),
  ]);
  deployment = new Deployment(cloud, 'Trial', secrets);
  await deployment.deploy({ alertmanagers: [ALERTMANAGER] }, sources);
  queue = await ToldQueue.subscribe(cloud, deployment.stack.CriticalTopicArn, 'pager');
  const token = await deployment.makeKey('API token', '--token', 'oncall', '--role', 'operator');
  tokenFile = join(cloud.folder, 'api.token');
  writeFileSync(tokenFile, token, { mode: 0o600 });
  api = new ApiClient(deployment, token);
  agent = new DeployedAgent({
    host: HOST,
    url: deployment.stack.IngestUrl,
    folder: join(cloud.folder, 'agent'),
    front,
    libvirtSocket: libvirtd.path,
    secrets,
  });
});

afterAll(async () => {
  await agent?.stop();
  await Promise.all([front?.stop(), libvirtd?.remove(), cloud?.stop()]);
});

describe('a host of a deployment', () => {
  it('enrols with a token, and its samples are what the API answers', async () => {
    const said = await agent.enrol(await deployment.makeKey('enrolment token', '--enrol-token'));
    expect(said).toContain(`host ${HOST} has its key`);
    agent.run();
    await vi.waitFor(async () => expect(await api.query(CPU)).toHaveLength(1), SOON);
    const [cpu] = await api.query(CPU);
    expect(Number(cpu?.value[1])).toBeGreaterThanOrEqual(0);
    expect(Number(cpu?.value[1])).toBeLessThanOrEqual(100);
  });

  it('is seen by ticks that the schedule starts', async () => {
    await vi.waitFor(async () => {
      const lines = await linesOf(cloud, 'EvaluatorHandlerLogs');
      expect(lines.join('\n')).toContain('"TickCompleted"');
    }, SOON);
    expect(await api.query(`up{host="${HOST}"}`)).toMatchObject([
      { value: [expect.anything(), '1'] },
    ]);
    expect(await hypervigil('hosts')).toMatch(new RegExp(`^up +${HOST} `, 'm'));
    expect(await hypervigil('vms')).toMatch(/^running .*\bcache\b/m);
  });

  it('has a VM that crashes, which a queue is told of that is subscribed to the topic', async () => {
    crash('web');
    const { status, alerts } = await queue.received(isAbout('web'));
    expect(status).toBe('firing');
    expect(alerts).toMatchObject([{ labels: { alertname: 'VmDown', host: HOST, vm: 'web' } }]);
  });
});

describe('a deployment with other settings', () => {
  let before: readonly (readonly [number, string])[];

  it('goes over the one before while its agent posts', async () => {
    await api.silence('vm', 'db');
    before = await cpuSamples();
    const settings = { alertmanagers: [ALERTMANAGER], rawRetentionDays: 10, shardCount: 2 };
    await deployment.deploy({ ...settings, evaluatorMemoryMb: 2048 }, sources);
    const { Functions = [] } = await new LambdaClient(cloud.client).send(
      new ListFunctionsCommand(),
    );
    expect(Functions.map(({ MemorySize }) => MemorySize)).toContain(2048);
  });

  it('has the samples of before, and takes more with the same key', async () => {
    const deployedAtMs = Date.now();
    await vi.waitFor(async () => {
      const [newest = 0] = (await cpuSamples()).at(-1) ?? [];
      expect(newest * 1000).toBeGreaterThan(deployedAtMs);
    }, SOON);
    const now = await cpuSamples();
    expect(before.length).toBeGreaterThan(10);
    expect(now).toEqual(expect.arrayContaining([...before]));
  });

  it('does not tell again of what fires, and what was silenced stays so', async () => {
    crash('db', 'cache');
    const told = await queue.received(isAbout('cache'));
    expect(isAbout('db')(told)).toBe(false);
    // The machine may have troubles of its own.
    const ofVms = queue.messages.map(vmsOf).filter((vms) => vms.length > 0);
    expect(ofVms).toEqual([['web'], ['cache', 'web']]);
    const silenced = (await api.alerts()).filter(({ labels }) => labels['vm'] === 'db');
    expect(silenced).toMatchObject([{ status: { state: 'suppressed' } }]);
  });

  it('is asked with the same token, and knows the host', async () => {
    expect(await hypervigil('hosts')).toMatch(new RegExp(`^up +${HOST} `, 'm'));
  });
});

describe('what all of that has logged', () => {
  it('holds no secret', async () => {
    await agent.stop();
    const logs = [
      ...(await cloudWatchLogs(cloud)),
      deployment.log(),
      agent.log(),
      cloud.log(),
      { name: 'hypervigil', text: printed.join('\n') },
    ];
    // All that should say something has: an empty log holds nothing.
    const named = (text: string) => logs.filter(({ name }) => name.includes(text));
    for (const text of ['Ingest', 'Evaluator', 'Enrol', 'Api', 'agent of', 'commands', 'emulator'])
      expect(named(text).map(({ text: said }) => said.length > 0)).toContain(true);
    expect(
      named('Evaluator')
        .map(({ text }) => text)
        .join(),
    ).toMatch(/127\.0\.0\.1:2.*127\.0\.0\.1:2/s);
    // Enrolment token and key of the host, token of the API, the webhook, the Alertmanager's password.
    expect(secrets.size).toBe(5);
    expect(secrets.leaksIn(logs)).toEqual([]);
  });
});

/** Ends the processes of VMs, as libvirt tells of it. */
function crash(...names: string[]): void {
  libvirtd.vms = libvirtd.vms.map((vm) => {
    const { name } = vm.record.domain;
    return names.includes(name) ? fakeVm(name, CRASHED) : vm;
  });
  // Stopped, failed (virDomainEventType, virDomainEventStoppedDetailType).
  for (const name of names) libvirtd.tellEvent(name, 5, 5);
}

/** What the API has of the last ten minutes. */
async function cpuSamples(): Promise<readonly (readonly [number, string])[]> {
  const [series] = await api.samples(`${CPU}[10m]`);
  return series?.values ?? [];
}

function vmsOf({ alerts }: Told): readonly string[] {
  return alerts.flatMap(({ labels }) => labels['vm'] ?? []).sort();
}

function isAbout(vm: string): (told: Told) => boolean {
  return (told) => vmsOf(told).includes(vm);
}

/** What `npm run hypervigil` prints. */
async function hypervigil(...args: string[]): Promise<string> {
  const { stdout, stderr } = await cloud.run('node', ['infra/cli/main.ts', ...args], {
    environment: {
      ...front.environment,
      HYPERVIGIL_URL: deployment.stack.ApiUrl,
      HYPERVIGIL_TOKEN_FILE: tokenFile,
    },
  });
  printed.push(stdout, stderr);
  return stdout;
}
