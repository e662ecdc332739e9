import { numbersFrom } from './arguments.ts';
import { loadShipped, runOurs } from './our-side.ts';
import { STORIES } from './stories.ts';
import { ROUTINGS, type RoutingName, runTheirs, type TheirRun } from './their-side.ts';
import { storyOf, type Told } from './told.ts';

/**
 * What people are told when hosts die, VMs migrate and operators act: by Hypervigil, and by a real
 * Prometheus and Alertmanager that are given the same world. `--speed 60`: theirs runs so many times
 * as fast as the clock, so the longest story, 110 minutes, takes two.
 */
export async function benchStorms(args: readonly string[]): Promise<void> {
  const { speed } = numbersFrom(args, { speed: 60 });
  const shipped = loadShipped();
  const ours = new Map<string, readonly Told[]>();
  for (const world of STORIES) ours.set(world.name, await runOurs(world, shipped, true));
  console.log(SETUP);
  const theirs = await runTheirs(STORIES, speed);
  const of = (routing: RoutingName, name: string) => theirs.told[routing].get(name) ?? [];
  console.table(
    Object.fromEntries(
      STORIES.map(({ name, wanted }) => [
        name,
        {
          wanted: wanted ?? '?',
          Hypervigil: ours.get(name)?.length,
          'Prometheus + Alertmanager': of('shipped', name).length,
          '... group_wait 30s': of('waiting', name).length,
        },
      ]),
    ),
  );
  for (const { name, what } of STORIES) {
    console.log(`\n${name}: ${what}`);
    console.log(`  Hypervigil    ${storyOf(ours.get(name) ?? []) || 'nothing'}`);
    for (const routing of Object.keys(ROUTINGS) as RoutingName[])
      console.log(`  theirs, ${routing.padEnd(8)} ${storyOf(of(routing, name)) || 'nothing'}`);
  }
  console.log(qualityLine(theirs, speed));
}

const SETUP = `Messages to people. Hypervigil: its own evaluator over what agents post (a sample each 10 s, a batch and a
tick each minute), the shipped rules and routing. Prometheus: the same samples at once, evaluated each
minute, the shipped rules where they need nothing of our evaluator's, else bench/storms/plain.rules.yaml;
Alertmanager with the shipped routing, and once more with group_wait 30s.
12' VmDown +3 -1: in minute 12 a message with 3 alerts that fire and 1 that is over.
`;

/** Whether the machine was fast enough for what was asked of it. */
export function qualityLine({ quality }: TheirRun, speed: number): string {
  const { lateSeconds, missedEvaluations, failedEvaluations } = quality;
  return (
    `\nPrometheus at ${speed} times the clock's speed: samples came up to ${lateSeconds.toFixed(0)} s of the ` +
    `world late, ${missedEvaluations} evaluations were missed, ${failedEvaluations} failed`
  );
}
