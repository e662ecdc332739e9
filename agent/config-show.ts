import { stringify } from 'yaml';
import type { LoadedConfig } from './config.ts';
import { SETTINGS, type Setting } from './config-schema.ts';
import { formatDuration } from './duration-setting.ts';

const HIDDEN = '***';

/**
 * What holds, as YAML, and behind each setting where it came from. Passwords in addresses and
 * arguments of programs are hidden; keys and tokens are in files of their own anyway.
 */
export function showConfig(config: LoadedConfig): string {
  return SETTINGS.map((setting) => {
    const value = settingOf(config, setting);
    if (value === undefined) return `# ${setting}: not set\n`;
    const [first = '', ...rest] = stringify({ [setting]: shown(value) }, { lineWidth: 0 }).split(
      '\n',
    );
    return [`${first}  # ${config.origins.get(setting) ?? 'default'}`, ...rest].join('\n');
  }).join('');
}

/** A setting as it holds, checked and with its default. */
export function settingOf(config: LoadedConfig, setting: Setting): unknown {
  switch (setting) {
    case 'sampleInterval':
      return formatDuration(config.sampleIntervalMs);
    case 'batchInterval':
      return formatDuration(config.batchIntervalMs);
    case 'spoolDir':
      return config.spoolDir ?? 'off';
    case 'url':
    case 'keyFile':
    case 'host':
    case 'rootDir':
    case 'tags':
    case 'update':
      return config[setting];
    default:
      return config.sources[setting];
  }
}

/** As it may be shown, and as it would be written. */
function shown(value: unknown, key = ''): unknown {
  if (value instanceof URL) return shownUrl(value);
  if (value instanceof RegExp) return value.source.slice('^(?:'.length, -')$'.length);
  if (typeof value === 'number' && (key === 'interval' || key === 'timeout')) {
    return formatDuration(value);
  }
  if (Array.isArray(value)) {
    return value.map((item, i) => (key === 'command' && i > 0 ? HIDDEN : shown(item)));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, shown(item, name)]));
}

function shownUrl(url: URL): string {
  const copy = new URL(url);
  if (copy.username !== '') copy.username = HIDDEN;
  if (copy.password !== '') copy.password = HIDDEN;
  for (const name of new Set(copy.searchParams.keys())) copy.searchParams.set(name, HIDDEN);
  return copy.href;
}
