import { chmodSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { CONFIG_COMMENTS } from './config-comments.ts';

/** What `enroll` knows of the configuration. */
interface FirstSettings {
  readonly url: URL;
  readonly keyFile: string;
  /** Absent: the system's name. */
  readonly host?: string;
}

/**
 * Where there is no configuration file, writes one with what was just given and, commented out, all
 * there is to set, so that the agent starts with no argument. `false` where there is one: that is the
 * person's. Throws where it cannot be written.
 */
export function writeFirstConfig(path: string, settings: FirstSettings): boolean {
  if (existsSync(path)) return false;
  const next = `${path}.new`;
  rmSync(next, { force: true });
  writeFileSync(next, firstConfig(settings), { flag: 'wx', flush: true });
  // Whatever the umask of the administrator: the agent's user has to read it.
  chmodSync(next, 0o644);
  renameSync(next, path);
  return true;
}

function firstConfig({ url, keyFile, host }: FirstSettings): string {
  const schema = `${url.href.replace(/\/+$/, '')}/agent.schema.json`;
  const set = Object.entries({ url: url.href, keyFile, ...(host === undefined ? {} : { host }) });
  const text = set.reduce((before, [name, value]) => {
    const example = new RegExp(`^#${name}:.*$`, 'm');
    if (!example.test(before)) throw new Error(`config comments: no example of ${name}`);
    return before.replace(example, () => stringify({ [name]: value }).trimEnd());
  }, CONFIG_COMMENTS);
  return `# yaml-language-server: $schema=${schema}\n${text}`;
}
