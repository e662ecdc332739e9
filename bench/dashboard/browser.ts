import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { createHandler } from '../../functions/api/handler.ts';
import { buildDashboard } from '../../infra/dashboard-build/build.ts';
import { API_PATHS } from '../../infra/local/api-paths.ts';
import { startFront } from '../../infra/local/http-front.ts';
import type { FleetTable } from './fleet-table.ts';
import {
  COUNT_CHANGES,
  type Frames,
  IS_READY,
  NOTE_CHANGES,
  SEEN,
  type Seen,
  scrollScript,
  watchScript,
} from './in-page.ts';

/** Long tasks and what moves are told a little later. */
const SETTLE_MS = 300;
const SCROLL_MS = 6000;
/** A quick flick: some 3,000 pixels a second. */
const SCROLL_PX_PER_FRAME = 50;
/** A frame that took longer was not shown in time; screens show 60 a second. */
const LATE_FRAME_MS = 25;
const FLAGS = ['--headless', '--no-sandbox', '--disable-quic', '--disable-background-networking'];

interface Screen {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly isPhone: boolean;
  /** So many times slower than this machine. */
  readonly slower: number;
  readonly search: string;
}

const SCREENS: readonly Screen[] = [
  { title: 'desktop', width: 1280, height: 800, isPhone: false, slower: 1, search: '' },
  {
    ...{
      title: 'desktop, CPU in small cells',
      width: 1280,
      height: 800,
      isPhone: false,
      slower: 1,
    },
    search: '?metric=vm_cpu_usage_percent&cells=small',
  },
  {
    ...{ title: 'desktop, by site', width: 1280, height: 800, isPhone: false, slower: 1 },
    search: '?group=site',
  },
  { title: 'phone, 4 times slower', width: 390, height: 844, isPhone: true, slower: 4, search: '' },
];

/** The page in Chromium, over the API on this machine. */
export async function benchBrowser(fleet: FleetTable): Promise<Record<string, object>> {
  const environment = { ...fleet.environment, DASHBOARD_DIR: await buildDashboard() };
  const api = createHandler(environment);
  const front = await startFront({
    port: 0,
    routes: Object.fromEntries(API_PATHS.map((path) => [path, api])),
    nowMs: Date.now,
    onFault: (path, error) => console.error(path, error),
  });
  if (!front.ok) throw new Error(front.error.message);
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  const rows: Record<string, object> = {};
  try {
    for (const screen of SCREENS) {
      // What a function that has run for a while has remembered; and the files are in its memory.
      await measure(browser, front.value.url, fleet, screen);
      rows[screen.title] = await measure(browser, front.value.url, fleet, screen);
    }
  } finally {
    await browser.close();
    await front.value.close();
  }
  return rows;
}

async function measure(
  browser: Browser,
  url: string,
  fleet: FleetTable,
  { width, height, isPhone, slower, search }: Screen,
): Promise<object> {
  await fleet.tick(Date.now(), new Set());
  const context = await browser.newContext({
    viewport: { width, height },
    ...(isPhone ? { isMobile: true, hasTouch: true, deviceScaleFactor: 2 } : {}),
  });
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: slower });
  await devtools.send('Network.enable');
  // Processor time, which others on this machine don't lengthen.
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busyMs = async () => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
  };
  const bytes = { script: 0, all: 0 };
  const scripts = new Set<string>();
  devtools.on('Network.responseReceived', ({ requestId, type }) => {
    if (type === 'Script') scripts.add(requestId);
  });
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    bytes.all += encodedDataLength;
    if (scripts.has(requestId)) bytes.script += encodedDataLength;
  });
  await page.addInitScript(watchScript(fleet.token));
  await page.goto(`${url}/${search}`);
  await page.waitForSelector(IS_READY, { state: 'attached' });
  await page.waitForTimeout(SETTLE_MS);
  const first = await page.evaluate<Seen>(SEEN);
  const loaded = { ...bytes };
  const loadMs = await busyMs();
  const frames = await scroll(page);
  const scrollMs = (await busyMs()) - loadMs;
  const change = await crash(page, fleet);
  const { metrics } = await heap(context, page);
  await context.close();
  const used = metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0;
  return {
    'first paint, ms': Math.round(first.paintMs),
    'cells, ms': Math.round(first.cellsMs),
    'links, ms': Math.round(first.linksMs),
    'longest task, ms': Math.round(Math.max(0, ...first.longMs)),
    shift: Math.round(first.shift * 1000) / 1000,
    'scripts, KB': Math.round(loaded.script / 1000),
    'all, KB': Math.round(loaded.all / 1000),
    'CPU of loading, ms': Math.round(loadMs),
    'frames a second': frames.perSecond,
    'late frames': frames.late,
    'p99 frame, ms': frames.p99Ms,
    'CPU a frame, ms': Math.round((scrollMs / frames.count) * 10) / 10,
    ...change,
    'heap, MB': Math.round(used / 1e5) / 10,
  };
}

async function heap(context: BrowserContext, page: Page) {
  const devtools = await context.newCDPSession(page);
  await devtools.send('HeapProfiler.collectGarbage');
  await devtools.send('Performance.enable');
  return devtools.send('Performance.getMetrics');
}

/** Scrolls for some seconds, and looks how long frames took. */
async function scroll(page: Page) {
  const { frameMs } = await page.evaluate<Frames>(scrollScript(SCROLL_MS, SCROLL_PX_PER_FRAME));
  const sorted = frameMs.toSorted((a, b) => a - b);
  const sum = frameMs.reduce((all, one) => all + one, 0);
  return {
    count: frameMs.length,
    perSecond: Math.round((frameMs.length / sum) * 10_000) / 10,
    late: frameMs.filter((ms) => ms > LATE_FRAME_MS).length,
    p99Ms: Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0),
  };
}

/** A VM in view crashes: how long until it is red, and how many elements that changed. */
async function crash(page: Page, fleet: FleetTable): Promise<object> {
  await page.evaluate(NOTE_CHANGES);
  // What scrolling back draws is not of the change.
  await page.waitForTimeout(1000);
  await page.evaluate('changed.clear()');
  const startedMs = performance.now();
  await fleet.tick(Date.now(), new Set([3]));
  await page.waitForSelector('.overview-cell.overview-critical.overview-alerted');
  const tookMs = performance.now() - startedMs;
  const elements = await page.evaluate<number>(COUNT_CHANGES);
  return { 'red after, ms': Math.round(tookMs), 'elements changed': elements };
}
