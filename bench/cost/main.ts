import { Command, InvalidArgumentError, Option } from 'commander';
import { readConfig } from '../../infra/aws/config.ts';
import { billOf } from './bill.ts';
import { readDeployment } from './deployment.ts';
import { measureTraffic } from './measure.ts';
import { otherBills } from './others.ts';
import { reportOf } from './report.ts';

interface Options {
  readonly hosts: number;
  readonly vmsPerHost: number;
  readonly seriesPerVm: number;
  readonly interval: number;
  readonly minutes: number;
  readonly viewers: number;
  readonly settings: string;
  readonly json?: true;
}

const wholeNumber = (least: number, most: number) => (text: string) => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most)
    throw new InvalidArgumentError(`not a whole number from ${least} to ${most}`);
  return value;
};

/** As the agent takes them: whole seconds, a minute at most. */
function seconds(text: string): number {
  const found = /^(\d+)s$/.exec(text)?.[1] ?? (text === '1m' ? '60' : '');
  if (!(Number(found) >= 1 && Number(found) <= 60))
    throw new InvalidArgumentError('not a time from 1s to 60s');
  return Number(found) * 1000;
}

const command = new Command('npm run cost --')
  .description(
    'What a fleet costs a month: runs a small one through the real functions for a simulated day, scales what was used, and applies published prices.',
  )
  .option('--hosts <n>', 'hosts of the fleet', wholeNumber(1, 1_000_000), 1000)
  .option('--vms-per-host <n>', 'VMs on each host', wholeNumber(0, 200), 10)
  .option(
    '--series-per-vm <n>',
    'series of each VM, beside those of the host',
    wholeNumber(1, 200),
    20,
  )
  .addOption(
    new Option('--interval <time>', 'between two samples of a series, 1s to 60s')
      .argParser(seconds)
      .default(10_000, '10s'),
  )
  .option(
    '--minutes <n>',
    'how long the simulated day is, from 90: a shorter one is quicker, and less exact about history',
    wholeNumber(90, 1440),
    1440,
  )
  .option(
    '--viewers <n>',
    'people with a dashboard open all day; 0: nobody',
    wholeNumber(0, 10_000),
    1,
  )
  .option('--settings <json>', "the stack's settings, as under hypervigil in cdk.json", '{}')
  .option('--json', 'the profile that was measured and the bill, as JSON')
  .action(async (options: Options) => {
    const { hosts, vmsPerHost, seriesPerVm, interval: intervalMs, minutes, viewers } = options;
    const settings = readConfig(options.settings);
    if (!settings.ok) return command.error(`error: ${settings.error}`);
    const deployment = readDeployment(settings.value);
    const profile = await measureTraffic(
      { hosts, vmsPerHost, seriesPerVm, intervalMs },
      deployment.retention,
      { minutes, onProgress: (line) => console.error(`measuring: ${line}`) },
    );
    const bill = billOf(profile, deployment, { viewers });
    const others = otherBills(profile);
    console.log(
      options.json
        ? JSON.stringify({ profile, bill, others }, undefined, 2)
        : reportOf(profile, bill, others, deployment),
    );
  });

await command.parseAsync();
