import { type LoadedConfig, loadConfig } from '../config.ts';
import { problemLines } from '../config-command.ts';
import { SETTINGS, type Setting } from '../config-schema.ts';
import { settingOf } from '../config-show.ts';
import { giveAnswer } from '../run/answer.ts';
import {
  type ConfigAnswer,
  encodeConfigAnswer,
  type RunningConfig,
} from '../run/running-config.ts';
import { settingsKey } from '../settings-key.ts';
import type { Flags } from './command.ts';
import { missing } from './missing.ts';

/**
 * `agent run`, as a question of the process that runs: its configuration. That process never loads
 * what reading and checking it takes.
 */
export async function execute(flags: Flags): Promise<void> {
  giveAnswer(encodeConfigAnswer(readRunningConfig(flags, process.env)));
}

/** The configuration for a running agent, or all that is wrong with it. */
export function readRunningConfig(
  flags: Flags,
  environment: Readonly<Record<string, string | undefined>>,
): ConfigAnswer {
  const config = loadConfig(flags, environment);
  if (!config.ok) return { ok: false, error: problemLines(config.error) };
  return { ok: true, value: runningConfigOf(config.value) };
}

function runningConfigOf(config: LoadedConfig): RunningConfig {
  const { origins, ...others } = config;
  const settingKeys: Partial<Record<Setting, string>> = {};
  for (const setting of SETTINGS) {
    const value = settingOf(config, setting);
    if (value !== undefined) settingKeys[setting] = settingsKey(value);
  }
  const lacks = lackOf(config);
  return { ...others, settingKeys, ...(lacks === undefined ? {} : { lacks }) };
}

function lackOf({ url, keyFile }: LoadedConfig): string | undefined {
  if (url === undefined) return missing('url', 'the address of the deployment');
  return keyFile === undefined ? missing('keyFile', 'a file with the host key') : undefined;
}
