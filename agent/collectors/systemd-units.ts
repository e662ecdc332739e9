import { errorCode, type HostFiles } from '../proc/host-files.ts';
import type { CommandOutput } from '../run-command.ts';
import { Background, type Latest } from './background.ts';
import type { Collector } from './collector.ts';
import { Measurements } from './measurements.ts';

/** Runs systemctl with these arguments. */
export type RunSystemctl = (args: readonly string[]) => Promise<CommandOutput>;

export interface SystemdOptions {
  readonly files: HostFiles;
  readonly run: RunSystemctl;
  readonly monotonicMs: () => number;
  /** Units that must run, whatever they are enabled for; `nginx` means `nginx.service`. */
  readonly required: readonly string[];
  /** Units nobody wants to hear of. */
  readonly ignored: readonly string[];
}

/** How a unit that should run does not. */
type DownState = 'failed' | 'restarting' | 'inactive' | 'missing';

interface DownUnit {
  readonly unit: string;
  readonly state: DownState;
}

/** What is asked of each unit. */
const PROPERTIES =
  'Id,LoadState,ActiveState,SubState,UnitFileState,Type,TriggeredBy,ConditionResult,InactiveExitTimestampMonotonic';

type Unit = ReadonlyMap<string, string>;

/**
 * systemctl and systemd take some 20 to 50 ms of CPU time for all services of a host. So they are
 * asked when the set of control groups of services has changed, which a failing service changes, and
 * every five minutes for those that never had one.
 */
const EVERY_MS = 5 * 60_000;
/** And never more often than this, however much services come and go. */
const PAUSE_MS = 20_000;

/** More units that are down than a person can read. */
const UNITS_MAX = 100;

/** Where systemd keeps the groups of its services: cgroup v2, and v1. */
const SLICES = ['/sys/fs/cgroup/system.slice', '/sys/fs/cgroup/systemd/system.slice'];

/**
 * Units of systemd that should run and do not: services that failed or are about to be restarted,
 * enabled services that ran and do not any more, and configured units. Enabled services that end as a
 * matter of course do not count: one-shots, those that a socket, timer or path or the bus starts
 * when they are needed, and those whose conditions do not hold.
 */
export function createSystemdUnitsCollector(options: SystemdOptions): Collector {
  const { files, monotonicMs } = options;
  const background = new Background(EVERY_MS, monotonicMs, () => readUnits(options));
  let services = '';
  let askedAtMs = Number.NEGATIVE_INFINITY;
  return {
    name: 'systemd-units',
    async check() {
      if (!hasSystemd(files)) return { status: 'absent', sees: 'this host has no systemd' };
      const { down, count } = await readUnits(options);
      const names = down.map(({ unit, state }) => `${unit} (${state})`).join(', ');
      return {
        status: 'ok',
        sees: `${count} services; ${down.length === 0 ? 'all that should run do' : `down: ${names}`}`,
      };
    },
    async collect() {
      if (!hasSystemd(files)) return 'absent';
      const now = servicesWithGroups(files);
      if (now !== services && monotonicMs() - askedAtMs >= PAUSE_MS) {
        services = now;
        askedAtMs = monotonicMs();
        background.expire();
      }
      const latest = background.latest();
      if (latest.kind === 'none' || isMissingProgram(latest)) return 'absent';
      if (latest.kind === 'failed') throw latest.error;
      const out = new Measurements();
      for (const { unit, state } of latest.value.down) {
        out.add('host_systemd_unit_down', 1, { unit, state });
      }
      return out.list;
    },
    close: () => background.settled(),
  };
}

/** An agent in a container sees the host's systemd and has no systemctl to ask it. */
function isMissingProgram(latest: Latest<unknown>): boolean {
  return latest.kind === 'failed' && errorCode(latest.error) === 'ENOENT';
}

function hasSystemd(files: HostFiles): boolean {
  return files.exists('/run/systemd/system');
}

function servicesWithGroups(files: HostFiles): string {
  const folder = SLICES.find((slice) => files.exists(slice));
  if (folder === undefined) return '';
  return files
    .list(folder)
    .filter((name) => name.endsWith('.service'))
    .sort()
    .join('\n');
}

async function readUnits({ run, required, ignored }: SystemdOptions) {
  const wanted = new Set(required.map(withSuffix));
  const unwanted = new Set(ignored.map(withSuffix));
  const units = await show(run, ['*.service', ...wanted]);
  const down: DownUnit[] = [];
  const seen = new Set<string>();
  for (const unit of units) {
    const name = unit.get('Id') ?? '';
    if (seen.has(name) || unwanted.has(name)) continue;
    seen.add(name);
    const state = wanted.has(name) ? stateOfRequired(unit) : stateOfOther(unit);
    if (state !== undefined && down.length < UNITS_MAX) down.push({ unit: name, state });
  }
  return { down, count: units.length };
}

async function show(run: RunSystemctl, patterns: readonly string[]): Promise<readonly Unit[]> {
  const args = ['show', '--no-pager', `--property=${PROPERTIES}`, '--', ...patterns];
  const output = await run(args);
  if (output.exitCode !== 0) {
    const [complaint = ''] = output.stderr.trim().split('\n');
    throw new Error(`systemctl: ${complaint || `exit code ${output.exitCode}`}`);
  }
  return output.stdout
    .split(/\n\n+/)
    .map((block) => new Map(block.split('\n').map(splitProperty)))
    .filter((unit) => unit.has('Id'));
}

function splitProperty(line: string): readonly [string, string] {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
}

function stateOfRequired(unit: Unit): DownState | undefined {
  if (unit.get('LoadState') === 'not-found') return 'missing';
  const state = troubleOf(unit);
  if (state !== undefined) return state;
  return unit.get('ActiveState') === 'inactive' ? 'inactive' : undefined;
}

function stateOfOther(unit: Unit): DownState | undefined {
  const state = troubleOf(unit);
  if (state !== undefined) return state;
  const shouldRun =
    unit.get('UnitFileState') === 'enabled' &&
    !['oneshot', 'dbus'].includes(unit.get('Type') ?? '') &&
    unit.get('TriggeredBy') === '' &&
    unit.get('ConditionResult') === 'yes' &&
    // Never started is waiting for a target that was never wanted.
    unit.get('InactiveExitTimestampMonotonic') !== '0';
  return shouldRun && unit.get('ActiveState') === 'inactive' ? 'inactive' : undefined;
}

function troubleOf(unit: Unit): 'failed' | 'restarting' | undefined {
  if (unit.get('ActiveState') === 'failed') return 'failed';
  return unit.get('SubState') === 'auto-restart' ? 'restarting' : undefined;
}

function withSuffix(name: string): string {
  return /\.[a-z]+$/.test(name) ? name : `${name}.service`;
}
