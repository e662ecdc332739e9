import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import * as v from 'valibot';
import type { AlertmanagerConfig } from '../../core/alertmanager/config-types.ts';
import type { Escalation } from '../../core/alertmanager/escalation.ts';
import { parseAlertmanagerConfig } from '../../core/alertmanager/parse-config.ts';
import { parseEscalations } from '../../core/alertmanager/parse-escalations.ts';
import { createTemplates, type Templates } from '../../core/delivery/template.ts';
import { formatRuleFileError } from '../../core/rules/rule-file.ts';

const arn = v.pipe(v.string(), v.nonEmpty());

/** What every function that looks at the routing is told. */
export const ROUTING_SETTINGS = {
  TOPIC_ARN_CRITICAL: arn,
  TOPIC_ARN_WARNING: arn,
  TOPIC_ARN_INFO: arn,
};

type RoutingSettings = v.InferOutput<v.ObjectSchema<typeof ROUTING_SETTINGS, undefined>>;

/** Who is told of what. */
export interface LoadedRouting {
  readonly config: AlertmanagerConfig;
  readonly escalations: readonly Escalation[];
  readonly templates: Templates;
  /** A line for each thing wrong in the files. */
  readonly errors: readonly string[];
}

const CONFIG_FILE = 'alertmanager.yaml';
const ESCALATIONS_FILE = 'escalations.yaml';

/** What holds without a file, or with one that can't be read: nobody shall go untold for a typing error. */
const FALLBACK = `
route:
  receiver: warning
  group_by: [alertname, severity]
  group_wait: 0s
  group_interval: 5m
  repeat_interval: 24h
  routes:
    - matchers: [alertname = Watchdog]
      receiver: nobody
    - matchers: [severity = critical]
      receiver: critical
      group_interval: 1m
      repeat_interval: 4h
    - matchers: [severity = info]
      receiver: info
receivers:
  - name: critical
    sns_configs: [{ topic_arn: '\${TOPIC_ARN_CRITICAL}' }]
  - name: warning
    sns_configs: [{ topic_arn: '\${TOPIC_ARN_WARNING}' }]
  - name: info
    sns_configs: [{ topic_arn: '\${TOPIC_ARN_INFO}' }]
  - name: nobody
inhibit_rules:
  - source_matchers: ['alertname =~ "HostDown|HostStopped"']
    target_matchers: ['alertname !~ "HostDown|HostStopped"']
    equal: [host]
`;

/** Reads `alertmanager.yaml` and `escalations.yaml` of a folder; either may be missing. */
export function loadRouting(folder: string, settings: RoutingSettings): LoadedRouting {
  const { TOPIC_ARN_CRITICAL, TOPIC_ARN_WARNING, TOPIC_ARN_INFO } = settings;
  const options = {
    variables: { TOPIC_ARN_CRITICAL, TOPIC_ARN_WARNING, TOPIC_ARN_INFO },
    readFile: (name: string) => readText(isAbsolute(name) ? name : join(folder, name)),
  };
  const errors: string[] = [];
  const text = readText(join(folder, CONFIG_FILE));
  const parsed = parseAlertmanagerConfig(text ?? FALLBACK, CONFIG_FILE, options);
  if (!parsed.ok) {
    errors.push(...parsed.error.map(formatRuleFileError));
    errors.push(`${CONFIG_FILE}: not used; alerts go to the topics of their severity instead`);
  }
  const config = parsed.ok ? parsed.value : fallback(options);
  const templates = readTemplates(config, errors);
  const escalating = parsed.ok ? readText(join(folder, ESCALATIONS_FILE)) : undefined;
  if (escalating === undefined) return { config, escalations: [], templates, errors };
  const escalations = parseEscalations(escalating, ESCALATIONS_FILE, config);
  if (escalations.ok) return { config, escalations: escalations.value, templates, errors };
  errors.push(...escalations.error.map(formatRuleFileError));
  return { config, escalations: [], templates, errors };
}

/** The configuration's templates, or the default ones alone where those can't be read. */
function readTemplates(config: AlertmanagerConfig, errors: string[]): Templates {
  const templates = createTemplates(config.templates);
  if (templates.ok) return templates.value;
  errors.push(`${CONFIG_FILE}: templates: ${templates.error}`);
  const defaults = createTemplates([]);
  if (!defaults.ok) throw new Error(defaults.error);
  return defaults.value;
}

function fallback(options: Parameters<typeof parseAlertmanagerConfig>[2]): AlertmanagerConfig {
  const parsed = parseAlertmanagerConfig(FALLBACK, 'the fallback', options);
  if (parsed.ok) return parsed.value;
  throw new Error(parsed.error.map(formatRuleFileError).join('; '));
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
