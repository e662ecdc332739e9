import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Measurement } from '../../agent/collectors/collector.ts';
import { SecretRegister } from '../secrets/secret-register.ts';
import { ApiClient } from './api-client.ts';
import { type Cloud, startCloud } from './cloud.ts';
import { cloudWatchLogs, linesOf } from './cloud-logs.ts';
import { Deployment } from './deployment.ts';
import { NUMBER_METRIC, NumberedAgent } from './numbered-agent.ts';
import { checkOutSources, copySources, hasCommit } from './sources.ts';
import { type Told, ToldQueue } from './told-queue.ts';

/**
 * The last one whose table knew nothing of epochs of shards and whose evaluator kept its state in one
 * piece (decisions 20 and 21). Where the history is not here, these sources stand for it, under other
 * settings.
 */
const EARLIER = 'ed2e670380e4eaab509a4cfd6d136e53c0974c77';
const isEarlierHere = hasCommit(EARLIER);
const HOSTS = Array.from({ length: 8 }, (_, i) => `load-${i}`);
const SOON = { timeout: 150_000, interval: 250 };

const secrets = new SecretRegister();
let cloud: Cloud;
let deployment: Deployment;
let queue: ToldQueue;
let api: ApiClient;
let agents: readonly NumberedAgent[] = [];
let hasVmCrashed = false;

/** What is wrong with the hosts: a disk and a container from the start, a VM when its time has come. */
const TROUBLES: Readonly<Record<string, () => readonly Measurement[]>> = {
  'load-0': () => [{ name: 'host_disk_smart_healthy', labels: { device: 'sda' }, value: 0 }],
  'load-1': () => [
    {
      name: 'container_state',
      labels: { container: 'shop', id: 'c0', state: 'crashed' },
      value: 1,
    },
  ],
  'load-2': () => {
    const labels = { vm: 'web', uuid: '5f4d2c7a-3a8e-4b57-9f0e-6d1c2b3a4958' };
    const [up, state, reason] = hasVmCrashed ? [0, 6, 'crashed'] : [1, 1, 'booted'];
    return [
      { name: 'vm_up', labels, value: up },
      { name: 'vm_state', labels: { ...labels, reason }, value: state },
    ];
  },
};

beforeAll(async () => {
  cloud = await startCloud();
  deployment = new Deployment(cloud, 'Trial', secrets);
  const earlier = join(cloud.folder, 'earlier');
  if (isEarlierHere) checkOutSources(EARLIER, earlier);
  else copySources(earlier);
  await deployment.deploy({ logRetentionDays: 7 }, earlier);
  queue = await ToldQueue.subscribe(cloud, deployment.stack.CriticalTopicArn, 'pager');
  const uses = ['--uses', String(HOSTS.length)];
  const token = await deployment.makeKey('enrolment token', '--enrol-token', ...uses);
  api = new ApiClient(deployment, await deployment.makeKey('API token', '--token', 'test'));
  const keys = await Promise.all(HOSTS.map((host) => deployment.enrol(host, token)));
  const spools = join(cloud.folder, 'spools');
  await mkdir(spools);
  agents = await Promise.all(
    HOSTS.map((host, i) =>
      NumberedAgent.start({
        host,
        key: keys[i] ?? '',
        url: deployment.ingest(),
        spoolDir: join(spools, host),
        measure: TROUBLES[host] ?? (() => []),
      }),
    ),
  );
});

afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.stop()));
  await cloud?.stop();
});

describe(`a deployment over ${isEarlierHere ? `commit ${EARLIER.slice(0, 7)}` : 'the same sources'}`, () => {
  it('begins with one alert that fires and one that is about to', async () => {
    await queue.received(isOf('HostDiskFailing'));
    await vi.waitFor(async () => {
      expect(await api.query('ALERTS{alertname="ContainerDown"}')).toMatchObject([
        { metric: { alertstate: 'pending' } },
      ]);
    }, SOON);
  });

  it('is made while the agents post, and another alert begins', async () => {
    await Promise.all([deployment.deploy({ logRetentionDays: 14 }), crashWhileUpdating()]);
  });

  it('tells once of what was about to fire and of what began, and not again of what fired', async () => {
    await queue.received(isOf('VmDown'));
    await queue.received(isOf('ContainerDown'));
    const ticksBefore = await countTicks();
    await vi.waitFor(async () => expect(await countTicks()).toBeGreaterThan(ticksBefore), SOON);
    await queue.receive();
    const told = queue.messages.flatMap(({ alerts }) =>
      alerts.map(({ labels, status }) => [labels['alertname'], status]),
    );
    expect(told.sort()).toEqual([
      ['ContainerDown', 'firing'],
      ['HostDiskFailing', 'firing'],
      ['VmDown', 'firing'],
    ]);
  });

  it('has every sample once', async () => {
    await Promise.all(agents.map((agent) => agent.stop()));
    for (const { host, taken, dropped } of agents) {
      const [series] = await api.samples(`${NUMBER_METRIC}{host="${host}"}[20m]`);
      expect(series?.values).toEqual(taken);
      expect(taken.length).toBeGreaterThan(60);
      expect(dropped).toEqual({});
    }
  });

  it('has logged no secret', async () => {
    const logs = [...(await cloudWatchLogs(cloud)), deployment.log(), cloud.log()];
    expect(secrets.leaksIn([...logs, ...agents.map((agent) => agent.log())])).toEqual([]);
  });
});

/** Lets the VM crash as soon as CloudFormation changes the deployment. */
async function crashWhileUpdating(): Promise<void> {
  const stacks = new CloudFormationClient(cloud.client);
  await vi.waitFor(async () => {
    const { Stacks } = await stacks.send(new DescribeStacksCommand({ StackName: 'Trial' }));
    expect(Stacks?.[0]?.StackStatus).toMatch(/^UPDATE_/);
  }, SOON);
  hasVmCrashed = true;
}

function isOf(alertname: string): (told: Told) => boolean {
  return ({ alerts }) => alerts.some(({ labels }) => labels['alertname'] === alertname);
}

/** Ticks that have done all their work. */
async function countTicks(): Promise<number> {
  const lines = await linesOf(cloud, 'EvaluatorHandlerLogs');
  return lines.filter((line) => line.includes('"TickCompleted":1')).length;
}
