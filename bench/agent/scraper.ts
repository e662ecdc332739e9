import { Agent, get } from 'node:http';
import type { Socket } from 'node:net';
import type { Traffic } from './program.ts';

export interface Scraper {
  traffic(): Traffic;
  stop(): void;
}

/** Asks for a page of Prometheus metrics at each interval, over one connection. */
export function startScraper(url: string, intervalMs: number): Scraper {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const sockets = new Set<Socket>();
  let numbers = 0;
  const scrape = () => {
    const request = get(url, { agent }, async (response) => {
      const parts: Buffer[] = [];
      for await (const part of response) parts.push(part);
      const lines = Buffer.concat(parts).toString().split('\n');
      numbers = lines.filter((line) => line !== '' && !line.startsWith('#')).length;
    });
    request.on('socket', (socket) => sockets.add(socket));
    // It may not listen yet; the next one will tell.
    request.on('error', () => undefined);
  };
  const timer = setInterval(scrape, intervalMs);
  return {
    traffic() {
      let bytes = 0;
      for (const { bytesRead, bytesWritten } of sockets) bytes += bytesRead + bytesWritten;
      return { bytes, numbers };
    },
    stop() {
      clearInterval(timer);
      agent.destroy();
    },
  };
}
