import { SETTING_NAMES } from '../config-schema.ts';

/** What to say where a command needs a setting that has no default. */
export function missing(setting: 'url' | 'keyFile', what: string): string {
  const { flag, variable } = SETTING_NAMES[setting];
  return `${setting}: not set. Give ${what} with ${flag}, ${variable} or in the configuration file`;
}
