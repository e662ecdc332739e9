import { readFileSync } from 'node:fs';
import type { HostFiles } from '../proc/host-files.ts';
import type { Collector } from './collector.ts';
import { Measurements } from './measurements.ts';

interface Sensor {
  readonly chip: string;
  readonly sensor: string;
  readonly celsius: number;
  readonly criticalCelsius: number | undefined;
}

const HWMON = '/sys/class/hwmon';
const THERMAL = '/sys/class/thermal';

/** Large servers have some 60. */
const SENSORS_MAX = 128;

/** Temperatures change slowly, and some chips are asked through a slow bus. */
const EVERY_MS = 30_000;

/** A sensor that is not wired gives numbers like -273 or 255. */
const PLAUSIBLE = { min: -100, max: 250 };

/**
 * Temperatures of what has a sensor, from the kernel's hwmon drivers; where no driver gives any, from
 * its thermal zones (ARM boards). Virtual machines have none. One sensor that cannot be read costs
 * only its own number. Source: docs.kernel.org/hwmon/sysfs-interface.html.
 */
export function createTemperaturesCollector(
  files: HostFiles,
  monotonicMs: () => number,
): Collector {
  let sensors: readonly Sensor[] = [];
  let readAtMs = Number.NEGATIVE_INFINITY;
  let everSeen = false;
  return {
    name: 'temperatures',
    async check() {
      const found = readSensors(files);
      if (found.length === 0) return { status: 'absent', sees: 'no temperature sensors' };
      const hottest = found.reduce((a, b) => (b.celsius > a.celsius ? b : a));
      return {
        status: 'ok',
        sees: `${found.length} temperatures; the highest is ${hottest.celsius.toFixed(0)} °C of ${hottest.chip} ${hottest.sensor}`,
      };
    },
    async collect() {
      if (monotonicMs() - readAtMs >= EVERY_MS) {
        sensors = readSensors(files);
        readAtMs = monotonicMs();
        everSeen ||= sensors.length > 0;
      }
      if (!everSeen) return 'absent';
      const out = new Measurements();
      for (const { chip, sensor, celsius, criticalCelsius } of sensors) {
        out.add('host_temperature_celsius', celsius, { chip, sensor });
        out.add('host_temperature_critical_celsius', criticalCelsius, { chip, sensor });
      }
      return out.list;
    },
  };
}

function readSensors(files: HostFiles): readonly Sensor[] {
  const chips = files.list(HWMON).toSorted(byNumber);
  const ofChips = chips.flatMap((chip) => sensorsOfChip(files, `${HWMON}/${chip}`));
  const found = ofChips.length > 0 ? ofChips : zones(files);
  return distinct(found).slice(0, SENSORS_MAX);
}

function sensorsOfChip(files: HostFiles, folder: string): readonly Sensor[] {
  const chip = textOf(files, `${folder}/name`) ?? 'unknown';
  const inputs = files.list(folder).filter((name) => /^temp\d+_input$/.test(name));
  return inputs.toSorted(byNumber).flatMap((input) => {
    const prefix = `${folder}/${input.slice(0, -'_input'.length)}`;
    const celsius = degreesOf(files, `${prefix}_input`);
    if (celsius === undefined) return [];
    const sensor = textOf(files, `${prefix}_label`) ?? input.slice(0, -'_input'.length);
    return [{ chip, sensor, celsius, criticalCelsius: limitOf(files, `${prefix}_crit`) }];
  });
}

function zones(files: HostFiles): readonly Sensor[] {
  const names = files.list(THERMAL).filter((name) => name.startsWith('thermal_zone'));
  return names.toSorted(byNumber).flatMap((name) => {
    const folder = `${THERMAL}/${name}`;
    const celsius = degreesOf(files, `${folder}/temp`);
    if (celsius === undefined) return [];
    const point = files
      .list(folder)
      .find(
        (entry) =>
          /^trip_point_\d+_type$/.test(entry) && textOf(files, `${folder}/${entry}`) === 'critical',
      );
    const criticalCelsius =
      point === undefined
        ? undefined
        : limitOf(files, `${folder}/${point.replace('type', 'temp')}`);
    const sensor = textOf(files, `${folder}/type`) ?? name;
    return [{ chip: 'thermal', sensor, celsius, criticalCelsius }];
  });
}

/** Two sockets have two chips of one name, and two disks as well: number those that follow. */
function distinct(sensors: readonly Sensor[]): readonly Sensor[] {
  const seen = new Map<string, number>();
  return sensors.map((one) => {
    const key = `${one.chip}\n${one.sensor}`;
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count === 1 ? one : { ...one, chip: `${one.chip}-${count}` };
  });
}

/** 0 and less stand for "none". */
function limitOf(files: HostFiles, path: string): number | undefined {
  const celsius = degreesOf(files, path);
  return celsius !== undefined && celsius > 0 ? celsius : undefined;
}

/** From thousandths of a degree; `undefined` where it cannot be read or cannot be true. */
function degreesOf(files: HostFiles, path: string): number | undefined {
  const text = textOf(files, path);
  const celsius = text === undefined || !/^-?\d+$/.test(text) ? undefined : Number(text) / 1000;
  if (celsius === undefined || celsius < PLAUSIBLE.min || celsius > PLAUSIBLE.max) return undefined;
  return celsius;
}

/**
 * Not kept open: a driver asks its chip when the file is opened, and parts are plugged. Any error
 * means that this sensor has nothing to say just now (a sleeping part says ENODATA, EAGAIN or EIO).
 */
function textOf(files: HostFiles, path: string): string | undefined {
  try {
    return readFileSync(files.pathOf(path), 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

function byNumber(a: string, b: string): number {
  return numberIn(a) - numberIn(b);
}

function numberIn(name: string): number {
  return Number(/\d+/.exec(name)?.[0] ?? 0);
}
