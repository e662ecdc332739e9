import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { parse as parseYaml } from 'yaml';
import { err, ok, type Result } from '../core/result.ts';
import { messageOf } from './log.ts';

export const DEFAULT_CONFIG_FILE = '/etc/hypervigil/agent.yaml';

/** What the agent is told. Flags win over the environment, that over the file, that over defaults. */
export interface AgentConfig {
  /** Address of the deployment; `undefined` where the agent only measures (`once`). */
  readonly url: URL | undefined;
  /** A file with the host key. The key itself is never an argument: everyone can read those. */
  readonly keyFile: string | undefined;
  /** The `host` label of every series. */
  readonly host: string;
  readonly sampleIntervalMs: number;
  readonly batchIntervalMs: number;
  /** Where the host's file tree is: `/`, or its mount in a container. */
  readonly rootDir: string;
  /** The folder of samples that are not posted yet; `undefined` keeps them in memory only. */
  readonly spoolDir: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Why a configuration cannot be used: the key as its source spells it, and the reason. */
export interface ConfigError {
  readonly key: string;
  readonly reason: string;
}

const MINUTE_MS = 60_000;

/** A host name or another short name of the host; it becomes part of keys. */
const HostName = v.pipe(
  v.string(),
  v.trim(),
  v.nonEmpty('must not be empty'),
  v.maxLength(253, 'must have at most 253 characters'),
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused.
  v.regex(/^[^\u0000-\u0020\u007f]+$/, 'must have no blanks or control characters'),
);

const Url = v.pipe(
  v.string(),
  v.trim(),
  v.check(
    (text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''),
    'must be an address that begins with https:// (or http:// on one machine)',
  ),
  v.transform((text) => new URL(text)),
);

const Path = v.pipe(v.string(), v.nonEmpty('must not be empty'));

const Settings = v.strictObject({
  url: v.optional(Url),
  keyFile: v.optional(Path),
  host: v.optional(HostName),
  sampleInterval: v.optional(interval(1000, MINUTE_MS)),
  batchInterval: v.optional(interval(1000, 60 * MINUTE_MS)),
  rootDir: v.optional(Path),
  spoolDir: v.optional(Path),
});

type Setting = keyof typeof Settings.entries;

/** Each setting's name in the environment, and as a flag of `agent`. */
export const SETTING_NAMES: Readonly<Record<Setting, { variable: string; flag: string }>> = {
  url: { variable: 'HYPERVIGIL_URL', flag: '--url' },
  keyFile: { variable: 'HYPERVIGIL_KEY_FILE', flag: '--key-file' },
  host: { variable: 'HYPERVIGIL_HOST', flag: '--host' },
  sampleInterval: { variable: 'HYPERVIGIL_SAMPLE_INTERVAL', flag: '--sample-interval' },
  batchInterval: { variable: 'HYPERVIGIL_BATCH_INTERVAL', flag: '--batch-interval' },
  rootDir: { variable: 'HYPERVIGIL_ROOT_DIR', flag: '--root-dir' },
  spoolDir: { variable: 'HYPERVIGIL_SPOOL_DIR', flag: '--spool-dir' },
};

/** A configuration from flags, the environment and the file, or the first thing wrong with it. */
export function loadConfig(
  flags: Readonly<Record<string, unknown>>,
  environment: Environment,
): Result<AgentConfig, ConfigError> {
  const file = readConfigFile(flags['config']);
  if (!file.ok) return file;
  const merged: Partial<Record<Setting, unknown>> = { ...file.value.settings };
  const sources = new Map<string, string>();
  for (const setting of Object.keys(SETTING_NAMES) as Setting[]) {
    const { variable, flag } = SETTING_NAMES[setting];
    if (flags[setting] !== undefined) {
      merged[setting] = flags[setting];
      sources.set(setting, flag);
    } else if (environment[variable] !== undefined && environment[variable] !== '') {
      merged[setting] = environment[variable];
      sources.set(setting, variable);
    }
  }
  const checked = v.safeParse(Settings, merged);
  if (checked.success) return withDefaults(checked.output, environment);
  const [issue] = checked.issues;
  const setting = v.getDotPath(issue) ?? '';
  return err({
    key: sources.get(setting) ?? `${file.value.path}: ${setting}`,
    reason: reasonOf(issue),
  });
}

function withDefaults(
  settings: v.InferOutput<typeof Settings>,
  environment: Environment,
): Result<AgentConfig, ConfigError> {
  const sampleIntervalMs = settings.sampleInterval ?? 10_000;
  const batchIntervalMs = settings.batchInterval ?? MINUTE_MS;
  if (batchIntervalMs < sampleIntervalMs) {
    return err({ key: 'batchInterval', reason: 'must not be shorter than sampleInterval' });
  }
  return ok({
    url: settings.url,
    keyFile: settings.keyFile,
    host: settings.host ?? hostname(),
    sampleIntervalMs,
    batchIntervalMs,
    rootDir: settings.rootDir ?? '/',
    spoolDir: spoolDirOf(settings.spoolDir ?? defaultSpoolDir(environment)),
  });
}

function spoolDirOf(text: string): string | undefined {
  return text === 'off' ? undefined : text;
}

/** In the folder that systemd made for the service, if it did. Source: systemd.exec(5). */
function defaultSpoolDir({ STATE_DIRECTORY, ProgramData }: Environment): string {
  const [stateDir] = STATE_DIRECTORY?.split(':') ?? [];
  if (stateDir !== undefined && stateDir !== '') return join(stateDir, 'spool');
  if (process.platform === 'win32') {
    return join(ProgramData ?? 'C:\\ProgramData', 'Hypervigil', 'spool');
  }
  return '/var/lib/hypervigil/spool';
}

interface ConfigFile {
  readonly path: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** A file that was named must be there; the default one may be missing. */
function readConfigFile(named: unknown): Result<ConfigFile, ConfigError> {
  const path = typeof named === 'string' ? named : DEFAULT_CONFIG_FILE;
  if (named === undefined && !existsSync(path)) return ok({ path, settings: {} });
  try {
    const content: unknown = parseYaml(readFileSync(path, 'utf8')) ?? {};
    const settings = v.safeParse(v.record(v.string(), v.unknown()), content);
    if (settings.success && !Array.isArray(content)) return ok({ path, settings: settings.output });
    return err({ key: path, reason: 'must be a mapping of settings, such as "url: https://..."' });
  } catch (error) {
    return err({ key: path, reason: messageOf(error) });
  }
}

/** The host key: the first line of the file. Throws, naming the file, where there is none. */
export function readKeyFile(path: string): string {
  const [line = ''] = readFileSync(path, 'utf8').split('\n');
  const key = line.trim();
  if (!/^[\x21-\x7e]{8,512}$/.test(key)) {
    throw new Error(`${path}: the first line must be the host key (8 to 512 ASCII characters)`);
  }
  return key;
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: MINUTE_MS, h: 3_600_000 };

/** A time such as `10s` or `1m`, in ms; a mere number means seconds. */
function interval(minMs: number, maxMs: number) {
  return v.pipe(
    v.union([v.string(), v.number()], 'must be a time such as 10s'),
    v.transform(parseIntervalMs),
    v.number('must be a time such as 10s or 1m'),
    v.minValue(minMs, `must be at least ${minMs / 1000}s`),
    v.maxValue(maxMs, `must be at most ${maxMs / 1000}s`),
  );
}

function parseIntervalMs(text: string | number): number | undefined {
  const [, digits, unit = 's'] = /^(\d+)(ms|s|m|h)?$/.exec(String(text).trim()) ?? [];
  const unitMs = UNITS_MS[unit];
  return digits === undefined || unitMs === undefined ? undefined : Number(digits) * unitMs;
}

function reasonOf(issue: v.BaseIssue<unknown>): string {
  if (issue.type === 'strict_object') {
    return `no such setting; there are ${Object.keys(SETTING_NAMES).join(', ')}`;
  }
  return issue.kind === 'schema' && issue.message.startsWith('Invalid')
    ? `must be ${issue.expected ?? 'another value'}, not ${issue.received}`
    : issue.message;
}
