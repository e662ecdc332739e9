import { checkCollectors, checkServer, type Finding, formatFindings } from '../check.ts';
import { createCollectors } from '../collectors/list.ts';
import type { LoadedConfig } from '../config.ts';
import { Poster } from '../poster.ts';
import { readKeyFile } from '../read-key.ts';
import { readAheadOfProgram } from '../service-limits/read-ahead.ts';
import { checkServiceLimits } from '../service-limits/service-limits.ts';
import { checkSpool } from '../spool/check.ts';
import { AGENT_VERSION } from '../version.ts';
import { EXIT_TROUBLE, type Flags, print } from './command.ts';
import { withConfig } from './with-config.ts';

/** `agent check`: what can and can't be measured, and how to mend it. */
export function execute(flags: Flags): Promise<void> {
  return withConfig(flags, check);
}

async function check(config: LoadedConfig): Promise<void> {
  const list = createCollectors(config.rootDir, config.sources, config.tags);
  const findings = [
    ...(await checkCollectors(list.collectors)),
    { what: 'spool', ...(await checkSpool(config)) },
    ...(await checkService()),
    await checkServer(config, async (url, keyFile) => {
      const readKey = () => readKeyFile(keyFile);
      const poster = new Poster({ url, readKey, version: AGENT_VERSION });
      const outcome = await poster.post(new Uint8Array(0));
      poster.close();
      return outcome;
    }),
  ];
  await print(`${formatFindings(findings)}\n`);
  if (findings.some(({ status }) => status === 'trouble')) process.exitCode = EXIT_TROUBLE;
  await list.close();
}

async function checkService(): Promise<readonly Finding[]> {
  if (process.platform !== 'linux') return [];
  const found = await checkServiceLimits(readAheadOfProgram());
  return found === undefined ? [] : [{ what: 'memory limit', ...found }];
}
