import type { Result } from '../../core/result.ts';
import type { AgentConfig } from '../config.ts';
import type { Setting, TagLabels } from '../config-schema.ts';
import type { SourceSettings } from '../source-settings.ts';

/** What a running agent knows of its configuration. */
export interface RunningConfig extends AgentConfig {
  /** Labels of `host_info`. */
  readonly tags: TagLabels;
  readonly sources: SourceSettings;
  /** Of each setting that has a value: a text that is the same for equal values. */
  readonly settingKeys: Readonly<Partial<Record<Setting, string>>>;
  /** Why nothing can be posted with it, and what to do; absent where all is there. */
  readonly lacks?: string;
}

/** The configuration, or what is wrong with it, in lines. */
export type ConfigAnswer = Result<RunningConfig, readonly string[]>;

/** As one line of JSON. */
export function encodeConfigAnswer(answer: ConfigAnswer): string {
  return JSON.stringify(answer, function (this: Record<string, unknown>, name, value: unknown) {
    // An address turns itself into a text before it is asked for.
    const own = this[name];
    if (own instanceof URL) return { $url: own.href };
    return value instanceof RegExp ? { $pattern: value.source } : value;
  });
}

/** What `encodeConfigAnswer` made. Throws where it did not. */
export function decodeConfigAnswer(text: string): ConfigAnswer {
  const answer: unknown = JSON.parse(text, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    if ('$url' in value) return new URL(String(value.$url));
    return '$pattern' in value ? new RegExp(String(value.$pattern)) : value;
  });
  if (!isConfigAnswer(answer)) throw new Error(`no configuration: ${text.slice(0, 100)}`);
  return answer;
}

/** It comes from this same program, which has checked all of it. */
function isConfigAnswer(value: unknown): value is ConfigAnswer {
  return typeof value === 'object' && value !== null && 'ok' in value;
}
