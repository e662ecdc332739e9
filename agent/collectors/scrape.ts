import { readFile } from 'node:fs/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { ScrapeTargetSettings } from '../source-settings.ts';
import type { Collector } from './collector.ts';
import { createForeignCollector, type ForeignSource } from './foreign-sources.ts';

/** kube-state-metrics of a large cluster has more; an exporter of one host some 100 KB. */
const PAGE_MAX_BYTES = 8 << 20;

const ACCEPT = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.9';

/** Numbers of exporters with an address (`/metrics`), on this host or near it. */
export function createScrapeCollector(
  targets: readonly ScrapeTargetSettings[],
  monotonicMs: () => number,
): Collector {
  const mend = 'see if the exporter runs and the address below scrape: is right';
  return createForeignCollector('scrape', targets.map(sourceOf), monotonicMs, mend);
}

function sourceOf(target: ScrapeTargetSettings): ForeignSource {
  const { url, job, labels, include, exclude, maxSeries, interval } = target;
  return {
    ...{ job, labels, include, exclude, maxSeries },
    instance: url.port === '' ? `${url.host}:${url.protocol === 'https:' ? 443 : 80}` : url.host,
    intervalMs: interval,
    read: () => readPage(target),
  };
}

async function readPage({ url, timeout, bearerTokenFile }: ScrapeTargetSettings): Promise<string> {
  const headers: Record<string, string> = { accept: ACCEPT, 'user-agent': 'hypervigil-agent' };
  if (bearerTokenFile !== undefined) {
    headers['authorization'] = `Bearer ${(await readFile(bearerTokenFile, 'utf8')).trim()}`;
  }
  const signal = AbortSignal.timeout(timeout);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      reject(signal.aborted ? new Error(`no whole answer within ${timeout} ms`) : error);
    };
    // A connection of its own: kept ones are closed by most exporters before the next reading.
    const call = request(url, { headers, signal, agent: false });
    call.on('error', fail);
    call.on('response', (response) => {
      if (response.statusCode !== 200) {
        response.resume();
        call.destroy();
        reject(new Error(`answers with status ${response.statusCode}`));
        return;
      }
      const parts: Buffer[] = [];
      let length = 0;
      response.on('data', (part: Buffer) => {
        length += part.length;
        if (length > PAGE_MAX_BYTES) call.destroy(new Error(`more than ${PAGE_MAX_BYTES} bytes`));
        else parts.push(part);
      });
      response.on('error', fail);
      response.on('end', () => resolve(Buffer.concat(parts).toString()));
    });
    call.end();
  });
}
