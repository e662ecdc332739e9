import * as v from 'valibot';
import { messageOf } from '../log.ts';
import { errorCode } from '../proc/host-files.ts';
import type { CommandOutput } from '../run-command.ts';
import { Background } from './background.ts';
import type { Collector, CollectorCheck } from './collector.ts';
import { Measurements } from './measurements.ts';

/** Runs smartctl with these arguments. */
export type RunSmartctl = (args: readonly string[]) => Promise<CommandOutput>;

/** Seldom enough to cost nothing: a disk does not fail from one minute to the next. */
const EVERY_MS = 10 * 60_000;
const DISKS_MAX = 64;

const ScanSchema = v.looseObject({
  devices: v.optional(v.array(v.looseObject({ name: v.string(), type: v.string() })), []),
});

const DiskSchema = v.looseObject({
  smart_status: v.optional(v.looseObject({ passed: v.boolean() })),
  power_on_time: v.optional(v.looseObject({ hours: v.optional(v.number()) })),
  ata_smart_attributes: v.optional(
    v.looseObject({
      table: v.array(
        v.looseObject({
          id: v.number(),
          value: v.optional(v.number()),
          raw: v.looseObject({ value: v.number() }),
        }),
      ),
    }),
  ),
  nvme_smart_health_information_log: v.optional(
    v.looseObject({
      media_errors: v.optional(v.number()),
      percentage_used: v.optional(v.number()),
    }),
  ),
  scsi_grown_defect_list: v.optional(v.number()),
  scsi_percentage_used_endurance_indicator: v.optional(v.number()),
  smartctl: v.optional(
    v.looseObject({
      messages: v.optional(
        v.array(v.looseObject({ string: v.string(), severity: v.string() })),
        [],
      ),
    }),
  ),
});

type SmartDisk = v.InferOutput<typeof DiskSchema>;

interface Reading {
  /** By the name of the device, without `/dev/`. */
  readonly disks: ReadonlyMap<string, SmartDisk>;
  /** What could not be read, a line each. */
  readonly troubles: readonly string[];
}

/**
 * What disks say of their own health, through smartctl where it is installed. It needs root, or
 * CAP_SYS_RAWIO and CAP_SYS_ADMIN. A sleeping disk is not woken: its last numbers stand.
 */
export function createSmartCollector(run: RunSmartctl, monotonicMs: () => number): Collector {
  let last: ReadonlyMap<string, SmartDisk> = new Map();
  let everSeen = false;
  const background = new Background(EVERY_MS, monotonicMs, async () => {
    const reading = await readDisks(run, last);
    if (reading !== 'absent') last = reading.disks;
    return reading;
  });
  return {
    name: 'smart',
    async check() {
      const reading = await readDisks(run, last);
      return reading === 'absent' ? absent() : describe(reading);
    },
    async collect() {
      const latest = background.latest();
      if (latest.kind === 'failed') throw latest.error;
      if (latest.kind === 'none' || latest.value === 'absent') return 'absent';
      const { disks, troubles } = latest.value;
      everSeen ||= disks.size > 0;
      // Without the rights from the beginning there is nothing to miss; `check` says what to do.
      if (disks.size === 0 && troubles.length > 0 && everSeen) throw new Error(troubles[0]);
      const out = new Measurements();
      for (const [device, disk] of disks) addDisk(out, device, disk);
      return out.list.length === 0 ? 'absent' : out.list;
    },
    close: () => background.settled(),
  };
}

async function readDisks(
  run: RunSmartctl,
  before: ReadonlyMap<string, SmartDisk>,
): Promise<Reading | 'absent'> {
  let scanned: CommandOutput;
  try {
    scanned = await run(['--json', '--scan']);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'absent';
    throw error;
  }
  const { devices } = v.parse(ScanSchema, JSON.parse(scanned.stdout));
  const disks = new Map<string, SmartDisk>();
  const troubles: string[] = [];
  // One after the other: they share a bus, and nobody waits.
  for (const { name, type } of devices.slice(0, DISKS_MAX)) {
    try {
      const disk = await readDisk(run, name, type);
      const device = deviceOf(name, type);
      const known = disk.smart_status !== undefined ? disk : before.get(device);
      if (known !== undefined) disks.set(device, known);
    } catch (error) {
      troubles.push(`${deviceOf(name, type)}: ${messageOf(error)}`);
    }
  }
  return { disks, troubles };
}

async function readDisk(run: RunSmartctl, name: string, type: string): Promise<SmartDisk> {
  const args = [
    '--json',
    '--health',
    '--attributes',
    '--nocheck=standby',
    `--device=${type}`,
    name,
  ];
  const { stdout } = await run(args);
  const disk = v.parse(DiskSchema, JSON.parse(stdout));
  const complaint = disk.smartctl?.messages.find(({ severity }) => severity === 'error')?.string;
  // Without a word of complaint it sleeps, or is of a kind that says nothing.
  if (disk.smart_status === undefined && complaint !== undefined) throw new Error(complaint);
  return disk;
}

/** `sda`; for a disk behind a RAID controller `bus/0 megaraid,5`, for they share one name. */
function deviceOf(name: string, type: string): string {
  const device = name.replace(/^\/dev\//, '');
  return type.includes(',') ? `${device} ${type}` : device;
}

function addDisk(out: Measurements, device: string, disk: SmartDisk): void {
  const labels = { device };
  const passed = disk.smart_status?.passed;
  out.add('host_disk_smart_healthy', passed === undefined ? undefined : Number(passed), labels);
  out.add('host_disk_smart_bad_sectors_count', badSectors(disk), labels);
  out.add('host_disk_smart_wear_percent', wear(disk), labels);
  const hours = disk.power_on_time?.hours;
  out.add(
    'host_disk_smart_power_on_seconds',
    hours === undefined ? undefined : hours * 3600,
    labels,
  );
}

/** Reallocated, waiting to be, and given up. The upper bytes of a raw value are the maker's own. */
const BAD_SECTOR_IDS = [5, 197, 198];
const RAW_COUNT_MAX = 2 ** 32;

function badSectors(disk: SmartDisk): number | undefined {
  const ata = disk.ata_smart_attributes?.table.filter(({ id }) => BAD_SECTOR_IDS.includes(id));
  if (ata !== undefined && ata.length > 0) {
    return ata.reduce((sum, { raw }) => sum + (raw.value % RAW_COUNT_MAX), 0);
  }
  return disk.scsi_grown_defect_list ?? disk.nvme_smart_health_information_log?.media_errors;
}

/** Attributes by which makers tell the rest of life: 100 when new. */
const LIFE_LEFT_IDS = [231, 233, 177];

function wear(disk: SmartDisk): number | undefined {
  const used =
    disk.nvme_smart_health_information_log?.percentage_used ??
    disk.scsi_percentage_used_endurance_indicator;
  if (used !== undefined) return used;
  const table = disk.ata_smart_attributes?.table ?? [];
  const left = LIFE_LEFT_IDS.map((id) => table.find((one) => one.id === id)?.value).find(
    (value) => value !== undefined,
  );
  return left === undefined || left > 100 ? undefined : 100 - left;
}

function absent(): CollectorCheck {
  return {
    status: 'absent',
    sees: 'no smartctl',
    mend: 'install smartmontools to hear of failing disks',
  };
}

function describe({ disks, troubles }: Reading): CollectorCheck {
  const sees =
    disks.size === 0 ? 'no disk tells of its health' : `health of ${[...disks.keys()].join(', ')}`;
  if (troubles.length === 0) return { status: disks.size === 0 ? 'absent' : 'ok', sees };
  return {
    status: 'trouble',
    sees: `${sees}; ${troubles.join('; ')}`,
    mend: "smartctl needs root, or the capabilities CAP_SYS_RAWIO and CAP_SYS_ADMIN of the agent's unit",
  };
}
