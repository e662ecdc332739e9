/** What `cdk` runs: reads settings and rules and synthesizes the stack, or says what is wrong with them. */
import { join } from 'node:path';
import { loadRules } from '../../functions/evaluate/rules.ts';
import { agentReleaseFolder, findAgentRelease } from './agent-release.ts';
import { ROOT } from './bundle.ts';
import { codeFromSources } from './code.ts';
import { CONTEXT_KEY, readConfig } from './config.ts';
import { addHypervigil, newApp } from './hypervigil-app.ts';
import { checkRouting } from './routing-check.ts';

const RULES = join(ROOT, 'rules');

const app = newApp();
const config = readConfig(app.node.tryGetContext(CONTEXT_KEY));
// The evaluator does without a broken rule file; who deploys should hear of it first.
const { errors } = loadRules(RULES);
const release = findAgentRelease(agentReleaseFolder(process.env));
const routing = config.ok ? checkRouting(RULES, config.value) : [];
if (!config.ok) fail('The context in cdk.json is wrong.', config.error);
else if (errors.length > 0) fail('A rule file is wrong.', errors.join('\n'));
else if (routing.length > 0) fail('The routing of notifications is wrong.', routing.join('\n'));
else if (!release.ok)
  fail('The agent that was built is not whole: run "npm run agent:build" again.', release.error);
else {
  addHypervigil(app, config.value, codeFromSources, release.value);
  app.synth();
}

function fail(what: string, details: string): void {
  console.error(`${what}\n${details}`);
  process.exitCode = 1;
}
