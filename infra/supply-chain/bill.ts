/** Says of what the deployed Lambdas, the dashboard among them, are made: `npm run sbom`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { AGENT_PLATFORMS } from '../../core/agent-release/release.ts';
import manifest from '../../package.json' with { type: 'json' };
import { agentBill, billName } from '../agent-build/agent-bill.ts';
import { bundleAgent } from '../agent-build/agent-bundle.ts';
import { bundle, ROOT } from '../aws/bundle.ts';
import type { FunctionName } from '../aws/hypervigil.ts';
import { buildDashboard, sourcesOf } from '../dashboard-build/build.ts';
import { packagesOf } from './bundled-packages.ts';
import { billOf, npmPurl } from './cyclonedx.ts';

const FUNCTIONS: readonly FunctionName[] = [
  ...(['ingest', 'enroll', 'install', 'evaluate', 'compact', 'api', 'remote-write'] as const),
];

const { out, agent } = new Command('npm run sbom --')
  .description(
    'Says of which packages the deployed Lambdas and the dashboard are made (CycloneDX 1.6).',
  )
  .option('--out <file>', 'where it goes', join('dist', 'sbom.cdx.json'))
  .option(
    '--agent',
    'those of agents too, beside it; npm run agent:build makes them with the agents',
  )
  .parse()
  .opts<{ readonly out: string; readonly agent?: boolean }>();

const ofFunctions = FUNCTIONS.flatMap((name) =>
  Object.values(bundle(`functions/${name}/handler.ts`).metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [path] : [],
    ),
  ),
);
const ofDashboard = sourcesOf(await buildDashboard());
const parts = packagesOf([...ofFunctions, ...ofDashboard], ROOT);
const { name, version, license } = manifest;
const purl = npmPurl(name, version);
const file = resolve(ROOT, out);
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, billOf({ kind: 'application', name, version, purl, licence: license }, parts));
process.stdout.write(`${file}: ${parts.length} packages\n`);
if (agent === true) {
  const bundled = await bundleAgent({ version, releaseKey: '' });
  for (const platform of AGENT_PLATFORMS) {
    const beside = join(dirname(file), billName(platform));
    writeFileSync(beside, agentBill(platform, version, bundled.used));
    process.stdout.write(`${beside}\n`);
  }
}
