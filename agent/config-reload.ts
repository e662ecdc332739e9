import type { Setting } from './config-schema.ts';
import type { ConfigAnswer, RunningConfig } from './run/running-config.ts';

/** Everything else is built into what runs: identity, the rhythm of samples, and open files. */
const NEED_RESTART: ReadonlySet<string> = new Set<Setting>([
  ...(['url', 'host', 'sampleInterval', 'batchInterval', 'rootDir', 'spoolDir'] as const),
]);

export interface Reload {
  /** What holds from now on. */
  readonly config: RunningConfig;
  /** What to tell whoever runs the agent. */
  readonly lines: readonly string[];
}

/**
 * What becomes of a running configuration when another was read: settings that can change do, others
 * stay and are named. One that cannot be used changes nothing.
 */
export function reload(running: RunningConfig, next: ConfigAnswer): Reload {
  if (!next.ok) {
    const kept = 'configuration not taken: the one before still holds';
    return { config: running, lines: [...next.error, kept] };
  }
  const before: Readonly<Record<string, string>> = running.settingKeys;
  const after: Readonly<Record<string, string>> = next.value.settingKeys;
  const differing = [...new Set([...Object.keys(after), ...Object.keys(before)])].filter(
    (setting) => before[setting] !== after[setting],
  );
  // Without them nothing could be posted; who empties the file means something else.
  const isGone = (setting: string) => after[setting] === undefined;
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
  const { tags, sources } = next.value;
  const keyFile = changed.includes('keyFile') ? next.value.keyFile : running.keyFile;
  const settingKeys = { ...running.settingKeys };
  for (const setting of changed) Object.assign(settingKeys, { [setting]: after[setting] });
  return { config: { ...running, keyFile, tags, sources, settingKeys }, lines };
}
