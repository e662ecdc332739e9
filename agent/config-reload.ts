import type { Result } from '../core/result.ts';
import type { LoadedConfig } from './config.ts';
import { problemLines } from './config-command.ts';
import type { ConfigProblem } from './config-file.ts';
import { SETTINGS, type Setting } from './config-schema.ts';
import { settingOf } from './config-show.ts';
import { settingsKey } from './settings-key.ts';

/** Everything else is built into what runs: identity, the rhythm of samples, and open files. */
const NEED_RESTART: ReadonlySet<Setting> = new Set([
  ...(['url', 'host', 'sampleInterval', 'batchInterval', 'rootDir', 'spoolDir'] as const),
]);

export interface Reload {
  /** What holds from now on. */
  readonly config: LoadedConfig;
  /** What to tell whoever runs the agent. */
  readonly lines: readonly string[];
}

/**
 * What becomes of a running configuration when another was read: settings that can change do, others
 * stay and are named. One that cannot be used changes nothing.
 */
export function reload(
  running: LoadedConfig,
  next: Result<LoadedConfig, readonly ConfigProblem[]>,
): Reload {
  if (!next.ok) {
    const kept = 'configuration not taken: the one before still holds';
    return { config: running, lines: [...problemLines(next.error), kept] };
  }
  const differing = SETTINGS.filter(
    (setting) =>
      settingsKey(settingOf(running, setting)) !== settingsKey(settingOf(next.value, setting)),
  );
  // Without them nothing could be posted; who empties the file means something else.
  const isGone = (setting: Setting) => settingOf(next.value, setting) === undefined;
  const stays = differing.filter(
    (setting) => NEED_RESTART.has(setting) || (setting === 'keyFile' && isGone(setting)),
  );
  const changed = differing.filter((setting) => !stays.includes(setting));
  const lines: string[] = [];
  if (changed.length > 0)
    lines.push(`configuration read again, now in force: ${changed.join(', ')}`);
  if (stays.length > 0)
    lines.push(`changed, but in force only after a restart: ${stays.join(', ')}`);
  if (lines.length === 0) lines.push('configuration read again: nothing changed');
  const { tags, update, sources } = next.value;
  const keyFile = changed.includes('keyFile') ? next.value.keyFile : running.keyFile;
  return { config: { ...running, keyFile, tags, update, sources }, lines };
}
