import { type HostStory, seededRandom, type VmNow, type World, within } from './world.ts';

const RUNS: VmNow = { state: 1, reason: 'booted' };
const ARRIVED: VmNow = { state: 1, reason: 'migrated' };
const HANDED_OVER: VmNow = { state: 3, reason: 'migrating' };
const LEFT: VmNow = { state: 5, reason: 'migrated' };
const SHUT_DOWN: VmNow = { state: 5, reason: 'shutdown' };
const DESTROYED: VmNow = { state: 5, reason: 'destroyed' };
/** Off since its host started, as libvirt sees it. */
const OFF_UNKNOWN: VmNow = { state: 5, reason: 'unknown' };

type Life = (minute: number) => VmNow | undefined;

const runs: Life = () => RUNS;

/** VMs of one host; names are theirs alone in all worlds. */
function vms(
  prefix: string,
  count: number,
  life: (index: number) => Life = () => runs,
): Record<string, Life> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`${prefix}-vm${i}`, life(i)] as const),
  );
}

const silentIn =
  (...spans: readonly (readonly [number, number])[]): NonNullable<HostStory['mode']> =>
  (minute) =>
    within(minute, ...spans) ? 'silent' : 'up';

const DIES = 10.3;
const BACK = 40.3;
const STARTS_TAKE = 2; // minutes, one VM after another

/** A host that died and its VMs, which start one after another once it is back. */
function dyingHost(prefix: string, count: number, startedAt: (index: number) => number): HostStory {
  return {
    mode: silentIn([DIES, BACK]),
    vms: vms(
      prefix,
      count,
      (i) => (minute) => (within(minute, [BACK, startedAt(i)]) ? OFF_UNKNOWN : RUNS),
    ),
  };
}

const HOST_DIES: World = {
  name: 'host dies',
  what: 'a host with 50 VMs dies, is back after 30 min, and its VMs with it',
  wanted: 2,
  minutes: 90,
  hosts: {
    'dies-kvm1': dyingHost('dies', 50, (i) => BACK + (i / 50) * STARTS_TAKE),
    'dies-kvm2': { vms: vms('dies-other', 5) },
  },
};

const FIVE_STAY_OFF: World = {
  name: 'five stay off',
  what: 'the same, and 5 VMs stay off until somebody starts them 35 min later',
  wanted: 4,
  minutes: 110,
  hosts: {
    'stay-kvm1': dyingHost('stay', 50, (i) => (i < 5 ? BACK + 35 : BACK + (i / 50) * STARTS_TAKE)),
    'stay-kvm2': { vms: vms('stay-other', 5) },
  },
};

/** The two ends of a live migration as they look: the source, and the target. */
type Migration = (at: number) => { from: Life; to: Life };

const MIGRATIONS: readonly Migration[] = [
  // As usual: both show it paused while it is handed over, the source keeps it, off.
  (at) => ({
    from: (m) => (m < at ? RUNS : m < at + 0.5 ? HANDED_OVER : LEFT),
    to: (m) => (m < at - 1 ? undefined : m < at + 0.5 ? HANDED_OVER : ARRIVED),
  }),
  // The source forgets it.
  (at) => ({
    from: (m) => (m < at ? RUNS : undefined),
    to: (m) => (m < at ? undefined : ARRIVED),
  }),
  // Both say that it runs.
  (at) => ({
    from: (m) => (m < at + 0.8 ? RUNS : undefined),
    to: (m) => (m < at ? undefined : ARRIVED),
  }),
  // Neither has it for a minute and a half.
  (at) => ({
    from: (m) => (m < at ? RUNS : undefined),
    to: (m) => (m < at + 1.5 ? undefined : ARRIVED),
  }),
];

function migrating(
  prefix: string,
  count: number,
): { from: Record<string, Life>; to: Record<string, Life> } {
  const both = Array.from({ length: count }, (_, i) => {
    const migration = MIGRATIONS[i % MIGRATIONS.length];
    if (migration === undefined) throw new Error(`no migration ${i}`);
    return [`${prefix}-vm${i}`, migration(10 + 2 * i)] as const;
  });
  return {
    from: Object.fromEntries(both.map(([vm, { from }]) => [vm, from])),
    to: Object.fromEntries(both.map(([vm, { to }]) => [vm, to])),
  };
}

function migrationWorld(name: string, what: string, late: boolean): World {
  const prefix = name.replaceAll(' ', '-');
  const { from, to } = migrating(prefix, 20);
  const random = seededRandom(7);
  const delays = Array.from({ length: 200 }, () => Math.floor(random() * 3) * 60_000);
  const lateMs = late ? (minute: number) => delays[minute % delays.length] ?? 0 : () => 0;
  return {
    name,
    what,
    wanted: 0,
    minutes: 70,
    hosts: {
      [`${prefix}-kvm1`]: { vms: { ...from, ...vms(`${prefix}-a`, 5) } },
      [`${prefix}-kvm2`]: { vms: { ...to, ...vms(`${prefix}-b`, 5) }, lateMs },
    },
  };
}

/** Its CPU is full all the time, which is told once; then it moves, at minute 40. */
const BUSY_MOVES: World = {
  name: 'alerting VM moves',
  what: 'a VM whose CPU has been full for long is migrated, and stays busy',
  wanted: 1,
  minutes: 80,
  hosts: {
    'moves-kvm1': {
      vms: {
        'moves-vm': (m) => (m < 40 ? { ...RUNS, cpuPercent: 99 } : LEFT),
        ...vms('moves-a', 3),
      },
    },
    'moves-kvm2': {
      vms: {
        'moves-vm': (m) => (m < 40 ? undefined : { ...ARRIVED, cpuPercent: 99 }),
        ...vms('moves-b', 3),
      },
    },
  },
};

/** What was told before the host went dark is as true after it. */
const DATA_LOST: World = {
  name: 'data lost',
  what: 'a host is cut off for 30 min while the CPU of a VM on it is full, before and after',
  wanted: 3,
  minutes: 100,
  hosts: {
    'lost-kvm1': {
      cutOff: [30.3, 60.3],
      vms: { 'lost-vm': () => ({ ...RUNS, cpuPercent: 99 }), ...vms('lost-a', 5) },
    },
    'lost-kvm2': { vms: vms('lost-b', 5) },
  },
};

const LIBVIRTD_RESTARTS: World = {
  name: 'libvirtd restarts',
  what: 'libvirtd of a host with 20 VMs does not answer for 20 s, 90 s and 4 min (an upgrade)',
  wanted: 0,
  minutes: 60,
  hosts: {
    'libvirtd-kvm1': {
      mode: (m) => (within(m, [10, 10.4], [20, 21.5], [30, 34]) ? 'no_libvirt' : 'up'),
      vms: vms('libvirtd', 20),
    },
    'libvirtd-kvm2': { vms: vms('libvirtd-other', 5) },
  },
};

const AGENT_RESTARTS: World = {
  name: 'agent restarts',
  what: 'the agent of a host with 20 VMs is restarted (5 s), and upgraded (4 min)',
  wanted: 0,
  minutes: 60,
  hosts: {
    'agent-kvm1': {
      mode: silentIn([10.02, 10.1], [20.02, 24.1]),
      goodbyes: [
        { minute: 10.02, reason: 'stopped' },
        { minute: 20.02, reason: 'stopped' },
      ],
      vms: vms('agent', 20),
    },
    'agent-kvm2': { vms: vms('agent-other', 5) },
  },
};

/** libvirt-guests shuts the VMs down first, and starts them after the boot. */
const REBOOT: World = {
  name: 'host reboots',
  what: 'a host with 20 VMs is shut down in good order and is back after 8 min',
  wanted: 0,
  minutes: 60,
  hosts: {
    'reboot-kvm1': {
      mode: silentIn([12.02, 20.1]),
      goodbyes: [{ minute: 12.02, reason: 'shutdown' }],
      vms: vms('reboot', 20, (i) => (minute) => {
        if (minute < 10 + i / 20) return RUNS;
        if (minute < 15) return SHUT_DOWN;
        return minute < 20.1 + (i / 20) * STARTS_TAKE ? OFF_UNKNOWN : RUNS;
      }),
    },
    'reboot-kvm2': { vms: vms('reboot-other', 5) },
  },
};

/**
 * Every second VM does not answer while its disks are frozen, nor can its job be asked for then; the
 * others are paused for a snapshot of their memory.
 */
const BACKUPS: World = {
  name: 'backups',
  what: '20 VMs are backed up or snapshotted, and do not answer or are paused for up to 5 min',
  wanted: 0,
  minutes: 90,
  hosts: {
    'backup-kvm1': {
      vms: vms('backup', 20, (i) => (minute) => {
        const since = minute - (10 + 3 * i);
        if (i % 2 === 1)
          return within(since, [0, 1 + i / 5]) ? { state: 3, reason: 'creating_snapshot' } : RUNS;
        if (within(since, [2, 3 + i / 10])) return { state: 1, reason: 'hung' };
        return within(since, [0, 12]) ? { ...RUNS, job: 'backup' } : RUNS;
      }),
    },
  },
};

/** Shut down and kept, destroyed, shut down and undefined, or shut down by its guest and gone (transient). */
const OPERATORS: World = {
  name: 'operators act',
  what: '20 VMs are shut down, destroyed or undefined by operators or guests',
  wanted: 0,
  minutes: 80,
  hosts: {
    'operator-kvm1': {
      vms: vms('operator', 20, (i) => (minute) => {
        const since = minute - (10 + i);
        if (since < 0) return RUNS;
        if (i % 4 === 0) return SHUT_DOWN;
        if (i % 4 === 1) return DESTROYED;
        if (i % 4 === 2) return since < 1 ? SHUT_DOWN : undefined;
        return since < 0.5 ? { state: 4, reason: 'user' } : undefined;
      }),
    },
    'operator-kvm2': { vms: vms('operator-other', 5) },
  },
};

const SWITCH_FAILS: World = {
  name: 'switch fails',
  what: '10 hosts with 10 VMs each are cut off at once for 20 min',
  wanted: 2,
  minutes: 80,
  hosts: Object.fromEntries([
    ...Array.from({ length: 10 }, (_, i): [string, HostStory] => [
      `switch-kvm${i}`,
      { cutOff: [15.3, 35.3], vms: vms(`switch${i}`, 10) },
    ]),
    ['switch-kvm-other', { vms: vms('switch-other', 5) }],
  ]),
};

/** Everything that is said to make a storm, or a false alarm. */
export const STORIES: readonly World[] = [
  HOST_DIES,
  FIVE_STAY_OFF,
  SWITCH_FAILS,
  migrationWorld('migrations', '20 VMs migrate live, the two ends seen in four ways', false),
  migrationWorld('migrations late', 'the same, batches of one host up to 2 min late', true),
  BUSY_MOVES,
  DATA_LOST,
  LIBVIRTD_RESTARTS,
  AGENT_RESTARTS,
  REBOOT,
  BACKUPS,
  OPERATORS,
];
