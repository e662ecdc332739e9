import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { bundle, ROOT } from './bundle.ts';
import type { FunctionName } from './stack.ts';

const RULES = 'rules';

/**
 * The code of a Lambda from its sources; that of the evaluator and the API comes with the rule pack
 * in `rules/`.
 */
export function codeFromSources(name: FunctionName): Code {
  return Code.fromAsset(bundle(`functions/${name}/handler.ts`, copies(name)).directory);
}

function copies(name: FunctionName) {
  if (name !== 'evaluate' && name !== 'api') return [];
  return readdirSync(join(ROOT, RULES))
    .filter((file) => file.endsWith('.rules.yaml'))
    .sort()
    .map((file) => ({ from: join(RULES, file), to: join(RULES, file) }));
}
