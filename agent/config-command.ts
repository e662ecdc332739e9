import { existsSync } from 'node:fs';
import { err, ok, type Result } from '../core/result.ts';
import { loadConfig } from './config.ts';
import { DEFAULT_CONFIG_FILE } from './config-file.ts';
import { showConfig } from './config-show.ts';

type Flags = Readonly<Record<string, unknown>>;
type Environment = Readonly<Record<string, string | undefined>>;

/** `agent config check`: one line if the configuration can be used, or one for each thing wrong. */
export function checkConfig(flags: Flags, environment: Environment): Result<string, string> {
  const config = loadConfig(flags, environment);
  if (!config.ok) return err(problemLines(config.error).join('\n'));
  const { url, keyFile } = config.value;
  const unset = [url === undefined ? ['url'] : [], keyFile === undefined ? ['keyFile'] : []].flat();
  const file = fileOf(flags);
  const good = existsSync(file) ? `${file} is good` : `there is no ${file}; defaults hold`;
  return ok(unset.length === 0 ? good : `${good}; \`agent run\` also needs ${unset.join(', ')}`);
}

/** `agent config show`: what holds, and where it came from. */
export function showConfigOf(flags: Flags, environment: Environment): Result<string, string> {
  const config = loadConfig(flags, environment);
  if (!config.ok) return err(problemLines(config.error).join('\n'));
  return ok(showConfig(config.value).trimEnd());
}

/** The file that is named, or the usual one. */
export function fileOf({ config }: Flags): string {
  return typeof config === 'string' ? config : DEFAULT_CONFIG_FILE;
}

/** `agent.yaml:3:1: hots: no such setting; did you mean host?` */
export function problemLines(
  problems: readonly { readonly where: string; readonly reason: string }[],
): readonly string[] {
  return problems.map(({ where, reason }) => `${where}: ${reason}`);
}
