import { existsSync } from 'node:fs';
import { freePort, type Program, startChild } from './program.ts';
import { startScraper } from './scraper.ts';

const EXECUTABLE = '/usr/bin/prometheus-node-exporter';

/** With the collectors it has by itself, scraped in clear text. */
export const nodeExporter: Program = {
  name: 'node_exporter',
  remedy: 'apt-get install prometheus-node-exporter',
  isPresent: () => existsSync(EXECUTABLE),
  async start(_folder, intervalMs) {
    const address = `127.0.0.1:${await freePort()}`;
    const child = await startChild(EXECUTABLE, [`--web.listen-address=${address}`]);
    const scraper = startScraper(`http://${address}/metrics`, intervalMs);
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
