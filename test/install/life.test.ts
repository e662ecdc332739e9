import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Disk, makeUsualDisk } from '../../bench/agent/usual-disk.ts';
import { Deployment } from './deployment.ts';
import { allFiles, allUsers, differences } from './inventory.ts';
import { type Machine, startMachine } from './machine.ts';
import { RELEASES } from './releases.ts';
import { until } from './until.ts';

const HOST = 'web-1';
const UNIT = 'hypervigil-agent.service';
const TOKEN_FILE = '/root/token';

const MIB = 2 ** 20;
const PSS_MAX_BYTES = 32 * MIB;
const CPU_MAX_PERCENT = 1;
/** The first sample is behind it, before which a process of its own finds out the facts of the host. */
const STARTED_MS = 20_000;
/** Three samples, and a post in one of two runs. */
const MEASURED_MS = 30_000;

let folder: string;
let disk: Disk;
let deployment: Deployment;
let machine: Machine;
let before: { readonly files: string; readonly users: string };

beforeAll(async () => {
  deployment = await Deployment.start(inject('releases'), RELEASES.first);
  folder = mkdtempSync(join(tmpdir(), 'hypervigil-disk-'));
  // What the agent's memory limit takes back is read again from here.
  disk = makeUsualDisk(folder);
  machine = await startMachine(HOST, { '/opt': disk.folder });
  before = { files: await allFiles(machine), users: await allUsers(machine) };
});

afterAll(async () => {
  await machine?.stop();
  await deployment?.stop();
  disk?.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function install(): Promise<string> {
  await machine.run(`umask 077; cat > ${TOKEN_FILE}`, deployment.enrolmentToken);
  const line = `curl -fsSL ${deployment.url}/install.sh | sh -s -- --token-file ${TOKEN_FILE}`;
  const said = await machine.run(line);
  await machine.run(`rm ${TOKEN_FILE}`);
  return said;
}

function mainPid(): Promise<string> {
  return machine.run(`systemctl show ${UNIT} --property MainPID --value`);
}

/** Of the agent and the programs it has waited for. */
async function cpuSeconds(): Promise<number> {
  const stat = await machine.run(`cat /proc/${await mainPid()}/stat; getconf CLK_TCK`);
  const [line = '', ticksPerSecond] = stat.split('\n');
  // The name before may have blanks. Source: proc_pid_stat(5), fields 14 to 17.
  const ticks = line.slice(line.lastIndexOf(')')).split(' ').slice(12, 16);
  return ticks.reduce((sum, each) => sum + Number(each), 0) / Number(ticksPerSecond);
}

describe('an agent that one line has installed', () => {
  test('reports within a minute of its start', async () => {
    const said = await install();
    expect(said).toMatch(/host web-1 reports to http:\S+ with agent 1\.0\.0$/m);
    // `up` stands on whole minutes: the first is the one after its first sample.
    for (const [name, seconds] of [
      ['host_info', 15],
      ['up', 75],
    ] as const) {
      await until(machine, `${name} of it`, seconds, async () => {
        const found = await deployment.query(`${name}{host="${HOST}"} == 1`);
        return found.length === 1 ? true : undefined;
      });
    }
    const [started, posted] = (
      await machine.run(
        `date -d "$(systemctl show ${UNIT} --property ExecMainStartTimestamp --value)" +%s; stat -c %Y /var/lib/hypervigil/posted.json`,
      )
    ).split('\n');
    expect(Number(posted) - Number(started)).toBeLessThanOrEqual(61);
  });

  test('is a unit that systemd finds nothing wrong with, and starts at boot', async () => {
    expect(await machine.run(`systemctl is-active ${UNIT}; systemctl is-enabled ${UNIT}`)).toBe(
      'active\nenabled',
    );
    const verified = await machine.exec(
      'systemd-analyze verify /etc/systemd/system/hypervigil-agent*.*',
    );
    expect(verified).toEqual({ code: 0, stdout: '', stderr: '' });
    const report = await machine.run(`systemd-analyze security --no-pager ${UNIT}`);
    const [, exposure = ''] = /Overall exposure level for \S+ ([\d.]+)/.exec(report) ?? [];
    console.info(`systemd-analyze security: ${exposure} of 10`);
    expect(Number(exposure)).toBeLessThan(4);
  });

  test('runs as its own user without any power, and its key is nobody else’s', async () => {
    const pid = await mainPid();
    const status = await machine.run(`cat /proc/${pid}/status`);
    const uid = await machine.run('id -u hypervigil');
    expect(status).toMatch(new RegExp(`^Uid:\\t${uid}\\t${uid}\\t${uid}\\t${uid}$`, 'm'));
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
      expect(status).toMatch(new RegExp(`^${set}:\\t0+$`, 'm'));
    }
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status).toMatch(/^Seccomp:\t2$/m);
    expect(await machine.run("stat -c '%a %U:%G' /etc/hypervigil/key")).toBe(
      '400 hypervigil:hypervigil',
    );
    const key = await machine.run('head -n 1 /etc/hypervigil/key');
    const seen = await machine.run(
      `cat /proc/${pid}/cmdline /proc/${pid}/environ | tr '\\0' '\\n'; journalctl --no-pager`,
    );
    for (const secret of [key, deployment.enrolmentToken]) expect(seen).not.toContain(secret);
  });

  test('measures inside of its sandbox what is measured outside of it', async () => {
    const outside = 'outside-1';
    await machine.run(
      `umask 077; mkdir /run/outside; export HYPERVIGIL_URL=${deployment.url} HYPERVIGIL_HOST=${outside}
       hypervigil-agent enroll --key-file /run/outside/key --config /run/outside/none.yaml --token-file -
       systemd-run --quiet --unit outside --setenv=HYPERVIGIL_URL --setenv=HYPERVIGIL_HOST \\
         hypervigil-agent run --key-file /run/outside/key --config /run/outside/none.yaml --spool-dir /run/outside/spool --sample-interval 5s --batch-interval 10s`,
      deployment.enrolmentToken,
    );
    // Rates need two samples, and both have to be posted.
    let [inside, other] = [await seriesOf(HOST), await seriesOf(outside)];
    for (let waited = 0; waited < 60 && String(inside) !== String(other); waited += 1) {
      await sleep(1000);
      [inside, other] = [await seriesOf(HOST), await seriesOf(outside)];
    }
    await machine.run('systemctl stop outside; rm -r /run/outside');
    expect(inside).toEqual(other);
  });
});

/**
 * Names and labels of what a host told of in the last minute, but for its own name; of what is not a
 * measured amount, the value too.
 */
async function seriesOf(host: string): Promise<readonly string[]> {
  const found = await deployment.query(`last_over_time({host="${host}",__name__!="up"}[1m])`);
  return found
    .map(({ metric, values: [value] }) => {
      const isState = /_(up|read_only|info)$/.test(metric['__name__'] ?? '');
      const labels = Object.entries({ ...metric, host: '' }).sort();
      return JSON.stringify(isState ? [...labels, value?.[1]] : labels);
    })
    .sort();
}

describe('an agent that runs', () => {
  test('reads its configuration again on reload', async () => {
    const pid = await mainPid();
    await machine.run('printf "tags: {env: prod}\\n" >> /etc/hypervigil/agent.yaml');
    await machine.run(`systemctl reload ${UNIT}`);
    await until(machine, 'the new tag', 75, async () => {
      const found = await deployment.query(`host_info{host="${HOST}",env="prod"}`);
      return found.length === 1 ? true : undefined;
    });
    expect(await mainPid()).toBe(pid);
  });

  test('is back within ten seconds when it is killed', async () => {
    const pid = await mainPid();
    await machine.run(`kill -9 ${pid}`);
    await until(machine, 'another process', 10, async () => {
      const next = await mainPid();
      return next !== '0' && next !== pid ? next : undefined;
    });
  });

  test('is replaced by a newer one when the line is run again', async () => {
    deployment.offer(RELEASES.second);
    const said = await machine.run(`curl -fsSL ${deployment.url}/install.sh | sh`);
    expect(said).toMatch(/host web-1 reports to http:\S+ with agent 1\.1\.0$/m);
    expect(await machine.run('hypervigil-agent --version')).toBe(RELEASES.second);
    const again = await machine.run(`curl -fsSL ${deployment.url}/install.sh | sh`);
    expect(again).toContain('nothing was to be done');
  });

  test('has lost no sample in all of that', async () => {
    const [found] = await deployment.query(`max by (host) (host_info{host="${HOST}"})[1h:1s]`);
    expect(found).toBeDefined();
    const instants = (await deployment.query(`hypervigil_agent_info{host="${HOST}"}[1h]`))
      .flatMap(({ values }) => values.map(([second]) => second))
      .sort((a, b) => a - b);
    const gaps = instants.slice(1).map((second, i) => second - (instants[i] ?? second));
    // Two restarts, one of them after a kill: 5 s until systemd starts it, and the time to the next instant.
    expect(gaps.filter((gap) => gap > 10).length).toBeLessThanOrEqual(2);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(20);
    const dropped = await deployment.query(
      `hypervigil_agent_samples_dropped_total{host="${HOST}"} > 0`,
    );
    expect(dropped.filter(({ metric }) => metric['reason'] !== 'killed')).toEqual([]);
  });

  test('gets more room while its disk reads far ahead', async () => {
    const device = await machine.run('mountpoint -d /opt');
    const readAhead = `/sys/class/bdi/${device}/read_ahead_kb`;
    const usual = readFileSync(readAhead, 'utf8');
    const limitAfterInstall = async (kib: string) => {
      writeFileSync(readAhead, kib);
      await machine.run(`curl -fsSL ${deployment.url}/install.sh | sh -s -- --no-start`);
      return machine.run(`systemctl show ${UNIT} --property MemoryHigh --value`);
    };
    const high = await machine.run(`systemctl show ${UNIT} --property MemoryHigh --value`);
    expect(Number(await limitAfterInstall('4096'))).toBe(72 * MIB);
    expect(await machine.run('hypervigil-agent check || :')).toMatch(
      /^ok +memory limit +MemoryHigh 72.0 MiB; .* 4096 KiB ahead$/m,
    );
    expect(await limitAfterInstall(usual)).toBe(high);
  });

  test('does with 32 MB, also where an installer has read its program', async () => {
    // Whoever reads a file first is charged for its pages: that was the installer, until the unit starts
    // again. And where control groups are v1 there is no MemoryHigh: the limit below which the agent is to
    // stay is then put in force as the one that kills.
    const high = await machine.run(`systemctl show ${UNIT} --property MemoryHigh --value`);
    await machine.run(
      `systemctl stop ${UNIT}
       cat /opt/hypervigil-agent/current/hypervigil-agent > /dev/null
       systemctl set-property --runtime ${UNIT} MemoryMax=${high}
       systemctl start ${UNIT}`,
    );
    await sleep(STARTED_MS);
    const cpuBefore = await cpuSeconds();
    await sleep(MEASURED_MS);
    const cpuPercent = (((await cpuSeconds()) - cpuBefore) / (MEASURED_MS / 1000)) * 100;
    const kib = await machine.run(
      `sed -n 's/^Pss: *\\([0-9]*\\) kB/\\1/p' /proc/${await mainPid()}/smaps_rollup`,
    );
    console.info(
      `below ${Number(high) / MIB} MiB: PSS ${(Number(kib) / 1024).toFixed(1)} MiB, ${cpuPercent.toFixed(2)} % of a CPU`,
    );
    // What was taken back and read again, over and over, would cost more.
    expect(cpuPercent).toBeLessThan(CPU_MAX_PERCENT);
    expect(Number(kib) * 1024).toBeLessThan(PSS_MAX_BYTES);
    expect(await machine.run(`systemctl show ${UNIT} --property NRestarts --value`)).toBe('0');
  });
});

describe('an agent that was removed', () => {
  test('leaves nothing', async () => {
    const said = await machine.run('/opt/hypervigil-agent/uninstall.sh');
    expect(said).toContain('--revoke web-1');
    expect(differences(before.users, await allUsers(machine))).toEqual([]);
    expect(differences(before.files, await allFiles(machine))).toEqual([]);
    const units = await machine.run('systemctl list-units --all --no-legend "hypervigil*"');
    expect(units).toBe('');
  });
});
