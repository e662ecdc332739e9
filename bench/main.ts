import { benchAgent } from './agent/agent.ts';
import { benchProcess } from './agent/measure-process.ts';
import { benchSoak } from './agent/soak.ts';
import { benchChunk } from './chunk.ts';
import { benchDashboard } from './dashboard.ts';
import { benchHistory } from './history.ts';
import { benchHistoryFleet } from './history-fleet.ts';
import { benchImport } from './import.ts';
import { benchInventory } from './inventory.ts';
import { benchKillToMessage } from './kill-to-message.ts';
import { benchLambda } from './lambda/lambda.ts';
import { benchOverview } from './overview.ts';
import { benchPromql } from './promql.ts';
import { benchScale } from './scale/scale.ts';
import { benchDelay } from './storms/delay.ts';
import { benchFlapping } from './storms/flapping.ts';
import { benchStorms } from './storms/storms.ts';
import { benchTick } from './storms/tick-units.ts';
import { isUsageError } from './usage-error.ts';
import { benchVms } from './vms/vms.ts';

/** `npm run bench -- NAME [ARGUMENTS]`: each bench prints a table of measurements, made just now. */
const BENCHES: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  agent: benchAgent,
  chunk: benchChunk,
  dashboard: benchDashboard,
  delay: benchDelay,
  flapping: benchFlapping,
  history: benchHistory,
  'history-fleet': benchHistoryFleet,
  inventory: benchInventory,
  import: benchImport,
  kill: benchKillToMessage,
  lambda: benchLambda,
  overview: benchOverview,
  process: benchProcess,
  promql: benchPromql,
  scale: benchScale,
  soak: benchSoak,
  storms: benchStorms,
  tick: benchTick,
  vms: benchVms,
};

const [name = '', ...args] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench === undefined) {
  console.error(`usage: npm run bench -- ${Object.keys(BENCHES).join('|')}`);
  process.exitCode = 2;
} else
  await bench(args).catch((error: unknown) => {
    if (!isUsageError(error)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  });
