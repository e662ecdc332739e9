import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { OFFER_FILES } from '../../functions/install/offer.ts';
import { dashboardNow } from '../dashboard-build/build-now.ts';
import { agentReleaseFolder, findAgentRelease } from './agent-release.ts';
import { bundle, ROOT } from './bundle.ts';
import type { FunctionName } from './hypervigil.ts';

const RULES = 'rules';

/**
 * The code of a Lambda from its sources; that of the evaluator and the API comes with `rules/`: the
 * rule pack, the routing and whatever files that names, but not the tests. The API also has the
 * dashboard, built if it is not; the installers' has them, and of a release what describes it.
 */
export function codeFromSources(name: FunctionName): Code {
  return Code.fromAsset(bundle(`functions/${name}/handler.ts`, copies(name)).directory);
}

function copies(name: FunctionName) {
  if (name === 'install') return installCopies();
  if (name !== 'evaluate' && name !== 'api') return [];
  const pages = name === 'api' ? [{ from: dashboardNow(), to: 'dashboard' }] : [];
  const rules = readdirSync(join(ROOT, RULES))
    .filter(isDeployedRule)
    .sort()
    .map((entry) => ({ from: join(RULES, entry), to: join(RULES, entry) }));
  return [...rules, ...pages];
}

function installCopies() {
  const folder = agentReleaseFolder(process.env);
  const found = findAgentRelease(folder);
  const offered = found.ok && found.value !== undefined ? OFFER_FILES : [];
  return [
    { from: 'functions/install/scripts', to: 'scripts' },
    { from: 'docs/agent.schema.json', to: 'agent.schema.json' },
    ...offered.map((name) => ({ from: join(folder, name), to: join('release', name) })),
  ];
}

/** Is this file or folder of `rules/` deployed? All are but the tests and what is hidden. */
export function isDeployedRule(entry: string): boolean {
  return entry !== 'tests' && !entry.startsWith('.');
}
