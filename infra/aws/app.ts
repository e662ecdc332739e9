/** What `cdk` runs: reads the settings from the context and synthesizes the stack. */
import { codeFromSources } from './code.ts';
import { CONTEXT_KEY, readConfig } from './config.ts';
import { addHypervigil, newApp } from './hypervigil-app.ts';

const app = newApp();
const config = readConfig(app.node.tryGetContext(CONTEXT_KEY));
if (config.ok) {
  addHypervigil(app, config.value, codeFromSources);
  app.synth();
} else {
  console.error(`The context in cdk.json is wrong.\n${config.error}`);
  process.exitCode = 1;
}
