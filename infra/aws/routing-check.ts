import { readFileSync } from 'node:fs';
import { join, normalize, sep } from 'node:path';
import type { AlertmanagerConfig } from '../../core/alertmanager/config-types.ts';
import type { SnsSettings } from '../../core/alertmanager/integration-types.ts';
import {
  ESCALATIONS_FILE,
  ROUTING_FILE,
  readRoutingFiles,
} from '../../core/delivery/routing-files.ts';
import { isDeployedRule } from './code.ts';
import { CONTEXT_KEY, type Config } from './config.ts';

/** The stack's own topics, as the evaluator's environment names them. No account has this number. */
const TOPICS = Object.fromEntries(
  ['CRITICAL', 'WARNING', 'INFO'].map((severity) => [
    `TOPIC_ARN_${severity}`,
    `arn:aws:sns:us-east-1:000000000000:${severity}`,
  ]),
);

/**
 * What is wrong with the routing in a folder, a line each: in the files themselves, or because the
 * deployed evaluator could not read a file or publish to a target that they name. Who deploys should
 * hear of it, rather than who waits for an alert.
 */
export function checkRouting(
  folder: string,
  allowed: Pick<Config, 'publishTo' | 'publishToPhones'>,
): string[] {
  const texts = [ROUTING_FILE, ESCALATIONS_FILE].map((name) => deployedText(folder, name));
  const [routing, escalations] = texts;
  if (routing === undefined) return [`${ROUTING_FILE}: there is no such file in ${folder}`];
  const { files, errors } = readRoutingFiles(routing, escalations, {
    variables: TOPICS,
    readFile: (name) => deployedText(folder, name),
  });
  return files === undefined ? [...errors] : [...errors, ...forbidden(files.config, allowed)];
}

/** A file that the deployed functions find too: it lies in the folder, and is no test. */
function deployedText(folder: string, name: string): string | undefined {
  const [entry = '', ...inside] = normalize(name).split(sep);
  if (entry === '' || !isDeployedRule(entry)) return undefined;
  try {
    return readFileSync(join(folder, entry, ...inside), 'utf8');
  } catch {
    return undefined;
  }
}

function forbidden(
  { receivers }: AlertmanagerConfig,
  { publishTo, publishToPhones }: Pick<Config, 'publishTo' | 'publishToPhones'>,
): string[] {
  const arns = new Set([...Object.values(TOPICS), ...publishTo]);
  const missing = ({ target }: SnsSettings): string | undefined => {
    if ('phoneNumber' in target)
      return publishToPhones ? undefined : `${CONTEXT_KEY}.publishToPhones is not true`;
    const arn = 'topicArn' in target ? target.topicArn : target.targetArn;
    return arns.has(arn) ? undefined : `${CONTEXT_KEY}.publishTo lacks ${arn}`;
  };
  return [...receivers.values()].flatMap(({ name, integrations }) =>
    integrations.flatMap(({ settings }) => {
      const reason = settings.kind === 'sns' ? missing(settings) : undefined;
      return reason === undefined
        ? []
        : [`${ROUTING_FILE}: receiver "${name}" could not be told: ${reason}`];
    }),
  );
}
