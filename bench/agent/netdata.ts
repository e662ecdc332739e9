import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort, type Program, startChild } from './program.ts';
import { startScraper } from './scraper.ts';

const EXECUTABLE = '/usr/sbin/netdata';

/**
 * With what it measures by itself, at our interval, and its database in memory; asked for all of it in
 * clear text, as a Prometheus would.
 */
export const netdata: Program = {
  name: 'netdata',
  remedy: 'apt-get install netdata-core',
  isPresent: () => existsSync(EXECUTABLE),
  async start(folder, intervalMs) {
    const port = await freePort();
    const at = (name: string) => {
      mkdirSync(join(folder, name), { recursive: true });
      return join(folder, name);
    };
    const file = join(folder, 'netdata.conf');
    writeFileSync(join(at('config'), '.opt-out-from-anonymous-statistics'), '');
    writeFileSync(
      file,
      `[global]
  run as user = ${userInfo().username}
[db]
  update every = ${Math.max(1, Math.round(intervalMs / 1000))}
  mode = ram
[directories]
  config = ${at('config')}
  cache = ${at('cache')}
  lib = ${at('lib')}
  log = ${at('log')}
[web]
  default port = ${port}
  bind to = 127.0.0.1
`,
    );
    const args = ['-D', '-c', file, '-P', join(folder, 'netdata.pid')];
    const child = await startChild(EXECUTABLE, args);
    const url = `http://127.0.0.1:${port}/api/v1/allmetrics?format=prometheus`;
    const scraper = startScraper(url, intervalMs);
    return {
      child,
      traffic: async () => scraper.traffic(),
      async stop() {
        scraper.stop();
        await child.stop();
      },
    };
  },
};
