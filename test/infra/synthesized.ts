import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { BuiltRelease } from '../../infra/aws/agent-release.ts';
import { readConfig } from '../../infra/aws/config.ts';
import { addHypervigil, newApp } from '../../infra/aws/hypervigil-app.ts';

/** The template for some settings, and an agent if one was built. Its Lambdas hold no code, so nothing is bundled. */
export function synthesized(settings: object = {}, release?: BuiltRelease): Template {
  const config = readConfig(settings);
  if (!config.ok) throw new Error(config.error);
  const app = newApp({
    // Slow, and `cdk synth` runs them.
    context: { '@aws-cdk/core:validateAgainstDefaultRules': false },
  });
  // A function says which one it is, by which tests find the role that is its own.
  const code = (name: string) => Code.fromInline(`// ${name}`);
  return Template.fromStack(addHypervigil(app, config.value, code, release));
}
