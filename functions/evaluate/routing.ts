import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import * as v from 'valibot';
import {
  ESCALATIONS_FILE,
  ROUTING_FILE,
  type RoutingFiles,
  readRoutingFiles,
} from '../../core/delivery/routing-files.ts';

const arn = v.pipe(v.string(), v.nonEmpty());

/** What every function that looks at the routing is told. */
export const ROUTING_SETTINGS = {
  TOPIC_ARN_CRITICAL: arn,
  TOPIC_ARN_WARNING: arn,
  TOPIC_ARN_INFO: arn,
};

type RoutingSettings = v.InferOutput<v.ObjectSchema<typeof ROUTING_SETTINGS, undefined>>;

/** Who is told of what, and a line for each thing wrong in the files. */
export interface LoadedRouting extends RoutingFiles {
  readonly errors: readonly string[];
  /** What holds instead of files that can't be used; absent: they hold. */
  readonly instead?: string;
}

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
  const routing = readText(join(folder, ROUTING_FILE));
  const escalations = readText(join(folder, ESCALATIONS_FILE));
  const read = readRoutingFiles(routing ?? FALLBACK, escalations, options);
  if (read.files !== undefined) return { ...read.files, errors: read.errors };
  const fallback = readRoutingFiles(FALLBACK, undefined, options);
  if (fallback.files === undefined) throw new Error(fallback.errors.join('; '));
  const instead = `${ROUTING_FILE}: not used; alerts go to the topics of their severity instead`;
  return { ...fallback.files, errors: read.errors, instead };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
