import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { AlertmanagerConfig } from '../../core/alertmanager/config-types.ts';
import type { Escalation } from '../../core/alertmanager/escalation.ts';
import { parseAlertmanagerConfig } from '../../core/alertmanager/parse-config.ts';
import { parseEscalations } from '../../core/alertmanager/parse-escalations.ts';
import { err, type Result } from '../../core/result.ts';
import { formatRuleFileError } from '../../core/rules/rule-file.ts';
import { reasonOf } from '../local/start-failure.ts';

/** What every deployment sets; a file that is only checked may have any. */
const DEPLOYED = Object.fromEntries(
  ['CRITICAL', 'WARNING', 'INFO'].map((severity) => [
    `TOPIC_ARN_${severity}`,
    `arn:aws:sns:eu-central-1:000000000000:hypervigil-${severity.toLowerCase()}`,
  ]),
);

/** As deployments have it, beside rules and escalations. */
export const ROUTING_FILE = 'alertmanager.yaml';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A routing configuration as it would be deployed: `${NAME}` is what the environment has, and files
 * it names lie beside it. Or a line for each thing wrong in it.
 */
export function readRouting(
  text: string,
  file: string,
  environment: Environment,
): Result<AlertmanagerConfig, string[]> {
  const config = parseAlertmanagerConfig(text, file, {
    variables: { ...DEPLOYED, ...set(environment) },
    readFile: (name) => readText(resolve(dirname(file), name)),
  });
  return config.ok ? config : err(config.error.map(formatRuleFileError));
}

/** Escalations, which name receivers of a routing configuration. Or a line for each thing wrong. */
export function readEscalations(
  text: string,
  file: string,
  config: AlertmanagerConfig,
): Result<readonly Escalation[], string[]> {
  const escalations = parseEscalations(text, file, config);
  return escalations.ok ? escalations : err(escalations.error.map(formatRuleFileError));
}

/** The routing configuration in the folder of another file. */
export function readRoutingBeside(
  file: string,
  environment: Environment,
): Result<AlertmanagerConfig, string[]> {
  const routingFile = join(dirname(file), ROUTING_FILE);
  try {
    return readRouting(readFileSync(routingFile, 'utf8'), routingFile, environment);
  } catch (error) {
    return err([`${file}: names receivers of ${routingFile}: ${reasonOf(error)}`]);
  }
}

function set(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
