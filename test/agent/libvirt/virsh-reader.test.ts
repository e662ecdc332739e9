import { beforeEach, describe, expect, it } from 'vitest';
import type { DomainReader } from '../../../agent/libvirt/domain-reader.ts';
import { createVirshReader } from '../../../agent/libvirt/virsh-reader.ts';
import type { DomainReading } from '../../../agent/libvirt/vm-measurements.ts';
import { CommandCutShort } from '../../../agent/run-command.ts';

const URI = 'qemu+ssh://hv2/system';
const WEB = '7e57bed0-0000-4000-8000-000000000001';
const DB = '7e57bed0-0000-4000-8000-000000000002';

/** A VM as virsh tells of it. */
interface Vm {
  readonly name: string;
  readonly state: string;
  readonly reason?: number;
  readonly id: number | '-';
  /** Its fields beside the state. */
  readonly numbers?: Readonly<Record<string, number | string>>;
  readonly job?: string;
  readonly control?: string;
}

const NUMBERS = { 'cpu.time': 5e9, 'balloon.rss': 1000, 'vcpu.current': 1 };
const STATES = ['', 'running', '', 'paused', '', 'shut off', 'crashed'];

let vms: Map<string, Vm>;
/** The answer with which virsh gets stuck. */
let stuckAt: string | undefined;
let failure: { readonly stderr: string; readonly exitCode: number } | undefined;
let asked: string[];
let clockMs: number;
let reader: DomainReader;

beforeEach(() => {
  vms = new Map([
    [WEB, { name: 'web', state: 'running', reason: 1, id: 1, numbers: NUMBERS }],
    [DB, { name: 'my db', state: 'shut off', reason: 3, id: '-' }],
  ]);
  stuckAt = undefined;
  failure = undefined;
  asked = [];
  clockMs = 0;
  reader = createVirshReader(URI, runFake, () => clockMs);
});

function stats(all: boolean): string {
  return [...vms.values()]
    .map(({ name, state, reason = 0, numbers }) => {
      const fields = { 'state.state': STATES.indexOf(state), 'state.reason': reason };
      const lines = Object.entries({ ...fields, ...(all ? numbers : {}) });
      return `Domain: '${name}'\n${lines.map(([key, value]) => `  ${key}=${value}\n`).join('')}\n`;
    })
    .join('');
}

function answer(command: string): string {
  const [verb, uuid = ''] = command.split(' ');
  if (command === 'list --all --uuid --name')
    return [...vms].map(([id, { name }]) => `${id} ${name}\n`).join('');
  if (command === 'list --all')
    return [...vms.values()]
      .map(({ id, name, state }) => ` ${id}   ${name.padEnd(8)} ${state}\n`)
      .join('');
  if (verb === 'domstats') return stats(command.includes('--cpu-total'));
  if (verb === 'domcontrol') return `${vms.get(uuid)?.control ?? 'ok'}\n`;
  if (verb === 'domjobinfo') return vms.get(uuid)?.job ?? 'Job type:         None\n';
  throw new Error(`virsh does not know ${command}`);
}

async function runFake(args: readonly string[]) {
  const script = args.at(-1) ?? '';
  expect(args.slice(0, -1)).toEqual(['-r', '-q', '-c', URI]);
  asked = [];
  if (failure !== undefined) return { stdout: '', ...failure };
  let stdout = '';
  for (const [, name = '', command = ''] of script.matchAll(/echo '@(.*?)\n'; ([^;]+)/g)) {
    asked.push(command);
    stdout += `@${name}\n`;
    if (command.startsWith(stuckAt ?? 'never')) throw new CommandCutShort('too long', stdout);
    stdout += answer(command);
  }
  return { stdout, stderr: '', exitCode: 0 };
}

async function read(): Promise<readonly DomainReading[]> {
  const result = await reader.read(5000);
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}

/** `web: 1/1 hung`, and `numbers` where it has any. */
async function told(): Promise<string[]> {
  return (await read()).map(({ stats, hung, job }) => {
    const more = [
      ...(hung ? ['hung'] : []),
      ...(stats.cpuTimeNs === undefined ? [] : ['numbers']),
      ...(job === undefined ? [] : [job]),
    ];
    return [`${stats.name}: ${stats.state}/${stats.reason}`, ...more].join(' ');
  });
}

describe('a sample by virsh', () => {
  it('is one call, with the numbers of all VMs, and the run each is in', async () => {
    const readings = await read();
    expect(readings.map(({ stats: { name, uuid, runId } }) => [name, uuid, runId])).toEqual([
      ['web', WEB, 1],
      ['my db', DB, -1],
    ]);
    expect(await told()).toEqual(['web: 1/1 numbers', 'my db: 5/3']);
  });

  it('tells what libvirt does with a VM', async () => {
    vms.set(WEB, {
      ...{ name: 'web', state: 'running', reason: 1, id: 1, numbers: NUMBERS },
      job: 'Job type:         Unbounded   \nOperation:        Backup\nTime elapsed:     1 ms\n',
    });
    await read();
    expect(await told()).toEqual(['web: 1/1 numbers backup', 'my db: 5/3']);
  });

  it('knows states where a hypervisor gives no statistics', async () => {
    vms.set(WEB, { name: 'web', state: 'running', id: 7 });
    const bare = createVirshReader(
      'esx://vcenter/dc/cluster',
      async ([, , , , script = '']) => ({
        stdout: [...script.matchAll(/echo '@(.*?)\n'; ([^;]+)/g)]
          .map(([, name, command = '']) => {
            const text = command.startsWith('list') ? answer(command) : '';
            return `@${name}\n${text}`;
          })
          .join(''),
        stderr: 'error: this function is not supported by the connection driver',
        exitCode: 1,
      }),
      () => 0,
    );
    const result = await bare.read(5000);
    expect(result.ok && result.value.map(({ stats }) => [stats.name, stats.state])).toEqual([
      ['web', 1],
      ['my db', 5],
    ]);
  });
});

describe('a VM that hangs', () => {
  beforeEach(async () => {
    vms.set(DB, { name: 'my db', state: 'running', reason: 1, id: 2, numbers: NUMBERS });
    await read();
    stuckAt = 'domstats --raw --state --cpu-total';
  });

  it('costs one sample the numbers; then the others have theirs, and it is called hung', async () => {
    expect(await told()).toEqual(['web: 1/1', 'my db: 1/1']);
    // The next call passes it over: libvirt's end of the first one holds its lock.
    stuckAt = undefined;
    vms.set(DB, {
      ...{ name: 'my db', state: 'running', reason: 1, id: 2 },
      control: 'occupied (12.345s)',
    });
    clockMs += 10_000;
    expect(await told()).toEqual(['web: 1/1 numbers', 'my db: 1/1 hung']);
    expect(asked).toContain(`domcontrol ${DB}`);
    expect(asked.join()).toContain('--nowait');
    vms.set(DB, { name: 'my db', state: 'running', reason: 1, id: 2, numbers: NUMBERS });
    expect(await told()).toEqual(['web: 1/1 numbers', 'my db: 1/1 numbers']);
    await read();
    expect(asked.filter((command) => command.startsWith('domcontrol'))).toEqual([]);
    expect(asked.join(), 'passes nobody over who is only asked by others').not.toContain(
      '--nowait',
    );
  });

  it('is not called hung while it may only be slow', async () => {
    await read();
    stuckAt = undefined;
    vms.set(DB, {
      ...{ name: 'my db', state: 'running', reason: 1, id: 2 },
      control: 'occupied (3.000s)',
    });
    expect(await told()).toEqual(['web: 1/1 numbers', 'my db: 1/1']);
  });

  it('does not take more of the workers of libvirt than four, for five minutes', async () => {
    for (let i = 0; i < 4; i += 1) await read();
    expect(reader.stuckCount()).toBe(4);
    expect(await told()).toEqual(['web: 1/1', 'my db: 1/1']);
    expect(asked).not.toContainEqual(expect.stringContaining('--cpu-total'));
    clockMs += 300_000;
    stuckAt = undefined;
    expect(await told()).toEqual(['web: 1/1 numbers', 'my db: 1/1 numbers']);
  });
});

describe('trouble', () => {
  it.each([
    ['Cannot recv data: root@hv2: Permission denied (publickey,password).', 'login'],
    ['Cannot recv data: Host key verification failed.: Connection reset by peer', 'host_key'],
    ['Cannot recv data: ssh: connect to host hv2 port 22: Connection refused', 'unreachable'],
    ["Cannot read CA certificate '/etc/pki/CA/cacert.pem': No such file", 'certificate'],
    ['no connection driver available for xen:///', 'no_driver'],
    [
      "Failed to connect socket to '/run/libvirt/libvirt-sock-ro': No such file or directory",
      'unreachable',
    ],
    ["Failed to connect socket to '/run/libvirt/libvirt-sock-ro': Permission denied", 'denied'],
    ['authentication failed: access denied by policy', 'login'],
  ])('%s', async (line, code) => {
    failure = {
      stderr: `error: failed to connect to the hypervisor\nerror: ${line}\n`,
      exitCode: 1,
    };
    const result = await reader.read(5000);
    expect(result).toEqual({ ok: false, error: { code, message: `virsh: ${line}` } });
  });

  it('a virsh that is too old to pass a hung VM over is asked without that', async () => {
    stuckAt = 'domstats --raw --state --cpu-total';
    await read();
    stuckAt = undefined;
    failure = { stderr: "error: command 'domstats' doesn't support option --nowait", exitCode: 1 };
    expect((await reader.read(5000)).ok).toBe(false);
    failure = undefined;
    expect(await told()).toEqual(['web: 1/1 numbers', 'my db: 5/3']);
    expect(asked.join()).not.toContain('--nowait');
  });

  it('a connection that takes too long says so', async () => {
    stuckAt = 'list';
    const result = await reader.read(5000);
    expect(!result.ok && result.error.code).toBe('timeout');
  });
});
