import { hostname } from 'node:os';
import * as v from 'valibot';
import { parse as parseYaml } from 'yaml';
import { err, ok, type Result } from '../core/result.ts';
import { type ConfigProblem, readConfigFile } from './config-file.ts';
import { formatPath, problemsOf, type SettingPath } from './config-problems.ts';
import {
  SETTING_NAMES,
  SETTINGS,
  type Setting,
  type Settings,
  SettingsSchema,
  type TagLabels,
  type UpdateSettings,
} from './config-schema.ts';
import { defaultPaths } from './default-paths.ts';
import { messageOf } from './log.ts';
import type { SourceSettings } from './source-settings.ts';

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

/** All that was configured, and where each setting came from. */
export interface LoadedConfig extends AgentConfig {
  /** Labels of `host_info`. */
  readonly tags: TagLabels;
  readonly update: UpdateSettings;
  readonly sources: SourceSettings;
  /** Of what is not a default: a place in the file, a variable, or a flag. */
  readonly origins: ReadonlyMap<Setting, string>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A configuration from flags, the environment and the file, or everything wrong with it. */
export function loadConfig(
  flags: Readonly<Record<string, unknown>>,
  environment: Environment,
): Result<LoadedConfig, readonly ConfigProblem[]> {
  const named = flags['config'];
  const file = readConfigFile(typeof named === 'string' ? named : undefined);
  if (!file.ok) return file;
  const merged: Record<string, unknown> = { ...file.value.settings };
  const origins = new Map<Setting, string>();
  const problems: ConfigProblem[] = [];
  const overridden = new Map<string | number | undefined, string>();
  for (const setting of SETTINGS) {
    if (Object.hasOwn(merged, setting)) origins.set(setting, file.value.positionOf([setting]));
    const given = overrideOf(setting, flags, environment);
    if (given === undefined) continue;
    origins.set(setting, given.from);
    overridden.set(setting, given.from);
    if (given.value.ok) merged[setting] = given.value.value;
    else problems.push({ where: given.from, reason: given.value.error });
  }
  const whereIs = (path: SettingPath) => {
    const from = overridden.get(path[0]);
    if (from !== undefined) return `${from}${formatPath(['', ...path.slice(1)])}`;
    return `${file.value.positionOf(path)}: ${formatPath(path)}`;
  };
  const checked = v.safeParse(SettingsSchema, merged);
  const found = problemsOf(merged, checked.issues ?? []);
  problems.push(...found.map(({ path, reason }) => ({ where: whereIs(path), reason })));
  if (!checked.success || problems.length > 0) return err(problems);
  const { sampleInterval, batchInterval } = checked.output;
  if (batchInterval < sampleInterval) {
    const setting = origins.has('batchInterval') ? 'batchInterval' : 'sampleInterval';
    const reason = 'batchInterval must not be shorter than sampleInterval';
    return err([{ where: whereIs([setting]), reason }]);
  }
  return ok({ ...configOf(checked.output, environment), origins });
}

interface Override {
  readonly from: string;
  readonly value: Result<unknown, string>;
}

/** What a flag or else a variable says. An empty variable says nothing. */
function overrideOf(
  setting: Setting,
  flags: Readonly<Record<string, unknown>>,
  environment: Environment,
): Override | undefined {
  const names = SETTING_NAMES[setting];
  const isSingle = 'flag' in names;
  if (isSingle && flags[setting] !== undefined) {
    return { from: names.flag, value: ok(flags[setting]) };
  }
  const text = environment[names.variable];
  if (text === undefined || text === '') return undefined;
  return { from: names.variable, value: isSingle ? ok(text) : yamlOf(text) };
}

/** Lists and mappings are written in a variable as in the file: `{env: prod, site: ber}`. */
function yamlOf(text: string): Result<unknown, string> {
  try {
    return ok(parseYaml(text, { prettyErrors: false }));
  } catch (error) {
    return err(`is no YAML: ${messageOf(error)}`);
  }
}

function configOf(settings: Settings, environment: Environment): Omit<LoadedConfig, 'origins'> {
  const { url, keyFile, host, rootDir, spoolDir, tags, update, ...others } = settings;
  const { sampleInterval, batchInterval, ...sources } = others;
  return {
    url,
    keyFile,
    host: host ?? hostname(),
    sampleIntervalMs: sampleInterval,
    batchIntervalMs: batchInterval,
    rootDir,
    spoolDir: spoolDirOf(spoolDir ?? defaultPaths(environment).spoolDir),
    tags,
    update,
    sources,
  };
}

function spoolDirOf(text: string): string | undefined {
  return text === 'off' ? undefined : text;
}
