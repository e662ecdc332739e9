import { readFile } from 'node:fs/promises';
import type { ClientRequest, RequestOptions } from 'node:http';
import type { ScrapeTargetSettings } from '../source-settings.ts';
import type { Roots } from '../trust/learn-roots.ts';
import { isUntrusted, type RootsOf } from '../trust/trusted-roots.ts';
import type { Collector } from './collector.ts';
import { createForeignCollector, type ForeignSource } from './foreign-sources.ts';

/** kube-state-metrics of a large cluster has more; an exporter of one host some 100 KB. */
const PAGE_MAX_BYTES = 8 << 20;

const ACCEPT = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.9';

/** Numbers of exporters with an address (`/metrics`), on this host or near it. */
export function createScrapeCollector(
  targets: readonly ScrapeTargetSettings[],
  monotonicMs: () => number,
  rootsOf?: RootsOf,
): Collector {
  const mend = 'see if the exporter runs and the address below scrape: is right';
  return createForeignCollector(
    'scrape',
    targets.map((target) => sourceOf(target, rootsOf)),
    monotonicMs,
    mend,
  );
}

function sourceOf(target: ScrapeTargetSettings, rootsOf?: RootsOf): ForeignSource {
  const open = opener(target.url, rootsOf);
  const { url, job, labels, include, exclude, maxSeries, interval } = target;
  return {
    ...{ job, labels, include, exclude, maxSeries },
    instance: url.port === '' ? `${url.host}:${url.protocol === 'https:' ? 443 : 80}` : url.host,
    intervalMs: interval,
    read: () => readPage(target, open),
  };
}

type Open = (options: RequestOptions, signal: AbortSignal) => Promise<ClientRequest>;

/** Begins a request to one address. Node's clients are loaded only where there is something to scrape. */
function opener(url: URL, rootsOf: RootsOf | undefined): Open {
  if (url.protocol !== 'https:') {
    return async (options) => process.getBuiltinModule('node:http').request(url, options);
  }
  let roots: Promise<Roots> | undefined;
  return async (options, signal) => {
    const { request } = process.getBuiltinModule('node:https');
    if (rootsOf === undefined) return request(url, options);
    roots ??= rootsOf(url, signal);
    try {
      const ca = await roots;
      const call = request(url, ca === 'default' ? options : { ...options, ca: [...ca] });
      return call.once('error', (error) => {
        if (isUntrusted(error)) roots = undefined;
      });
    } catch (error) {
      roots = undefined;
      throw error;
    }
  };
}

async function readPage(
  { timeout, bearerTokenFile }: ScrapeTargetSettings,
  open: Open,
): Promise<string> {
  const headers: Record<string, string> = { accept: ACCEPT, 'user-agent': 'hypervigil-agent' };
  if (bearerTokenFile !== undefined) {
    headers['authorization'] = `Bearer ${(await readFile(bearerTokenFile, 'utf8')).trim()}`;
  }
  const signal = AbortSignal.timeout(timeout);
  // A connection of its own: kept ones are closed by most exporters before the next reading.
  const call = await open({ headers, signal, agent: false }, signal);
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      reject(signal.aborted ? new Error(`no whole answer within ${timeout} ms`) : error);
    };
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
