import { numbersFrom } from './arguments.ts';
import { flappingWorld, PEACE_MINUTES, TROUBLE_MINUTES } from './flapping-world.ts';
import { loadShipped, runOurs } from './our-side.ts';
import { qualityLine } from './storms.ts';
import { runTheirs } from './their-side.ts';
import { storyOf, type Told } from './told.ts';

/**
 * What people are told of VMs that flap at random, by Hypervigil and by a real Prometheus with
 * Alertmanager, by the same rules and routing. `--hours 24 --vms 20 --seed 1 --speed 60`: a day takes
 * 24 minutes; two hours where nothing is said.
 */
export async function benchFlapping(args: readonly string[]): Promise<void> {
  const { hours, vms, seed, speed } = numbersFrom(args, { hours: 2, vms: 20, seed: 1, speed: 60 });
  const world = flappingWorld(hours, vms, seed);
  const shipped = loadShipped();
  console.log(
    `${vms} VMs for ${hours} h; each, at random, has a full CPU and crashes: for ${TROUBLE_MINUTES} min, then not for ` +
      `${PEACE_MINUTES} min, both on average and exponentially distributed; seed ${seed}`,
  );
  const ours = await runOurs(world, shipped, true);
  const undamped = await runOurs(world, shipped, false);
  const theirs = await runTheirs([world], speed);
  const rows: Record<string, readonly Told[]> = {
    Hypervigil: ours,
    'Hypervigil, flapping not damped': undamped,
    'Prometheus + Alertmanager': theirs.told.shipped.get(world.name) ?? [],
    '... group_wait 30s': theirs.told.waiting.get(world.name) ?? [],
  };
  console.table(
    Object.fromEntries(Object.entries(rows).map(([who, told]) => [who, row(told, hours)])),
  );
  for (const [who, told] of Object.entries(rows)) console.log(`${who}: ${storyOf(told)}`);
  console.log(qualityLine(theirs, speed));
}

function row(told: readonly Told[], hours: number) {
  const of = (alertname: string) => told.filter((one) => one.alertname === alertname).length;
  return {
    messages: told.length,
    'per hour': (told.length / hours).toFixed(1),
    VmDown: of('VmDown'),
    VmCpuHigh: of('VmCpuHigh'),
    'after 4 h, per hour':
      hours > 4
        ? (told.filter(({ minute }) => minute >= 240).length / (hours - 4)).toFixed(1)
        : '-',
  };
}
