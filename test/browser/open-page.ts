import {
  type Browser,
  type BrowserContext,
  chromium,
  type Page,
  type Request,
} from 'playwright-core';

/** Sizes that everything must work at. */
export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };
/** The narrowest that is promised. */
export const NARROW = { width: 360, height: 740 };

export type Theme = 'light' | 'dark';
export type Language = 'en' | 'zh-CN';

/** Chromium, which the environment variable CHROMIUM names, else Debian's. It asks nobody for anything by itself. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-quic',
      '--disable-background-networking',
      '--no-first-run',
      // Letters look the same on every machine.
      '--font-render-hinting=none',
    ],
  });
}

export interface VisitOptions {
  readonly url: string;
  /** Kept in the tab as if it had been given there; absent: the page asks for one. */
  readonly token?: string;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly theme?: Theme;
  readonly language?: Language;
  /** The browser's clock stands still there. */
  readonly atMs?: number;
  /** A finger, no mouse. */
  readonly touch?: boolean;
}

/** A browser's window on a site, with what it asked for and what it complained of. */
export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Opens a page of the site: `alerts?…`. */
  readonly open: (path: string) => Promise<void>;
  /** What the browser said is wrong: a policy that was broken, a script that failed. Should stay empty. */
  readonly complaints: string[];
  /** Addresses of other origins that were asked for. Should stay empty. */
  readonly strangers: string[];
  readonly close: () => Promise<void>;
}

export async function visit(browser: Browser, options: VisitOptions): Promise<Visit> {
  const { url, token, viewport = DESKTOP, theme = 'light', language = 'en', atMs } = options;
  const context = await browser.newContext({
    viewport,
    colorScheme: theme,
    locale: language,
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
    hasTouch: options.touch ?? false,
    isMobile: options.touch ?? false,
  });
  const complaints: string[] = [];
  const strangers: string[] = [];
  const { origin } = new URL(url);
  if (token !== undefined) {
    const [here, kept] = [JSON.stringify(origin), JSON.stringify(token)];
    const content = `if (location.origin === ${here}) sessionStorage.setItem('hypervigil.token', ${kept});`;
    await context.addInitScript({ content });
  }
  context.on('request', (request: Request) => {
    const asked = new URL(request.url());
    if (asked.origin !== origin && !['data:', 'blob:'].includes(asked.protocol))
      strangers.push(request.url());
  });
  context.on('weberror', (error) => complaints.push(error.error().stack ?? error.error().message));
  context.on('console', (message) => {
    // A request that the API refuses, or that has no answer, is said on the page.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text());
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  if (atMs !== undefined) await page.clock.setFixedTime(atMs);
  return {
    context,
    page,
    open: async (path) => {
      await page.goto(new URL(path.replace(/^\//, './'), `${url}/`).href);
    },
    complaints,
    strangers,
    close: () => context.close(),
  };
}

/** Until nothing is being loaded any more: no skeleton, no request under way for a moment. */
export async function settled(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor();
  const skeletons = page.locator('.skeleton');
  while ((await skeletons.count()) > 0) await skeletons.first().waitFor({ state: 'detached' });
  await page.evaluate('document.fonts.ready.then(() => undefined)');
}

/** How wide the document is: more than the window, and it scrolls sideways. */
export function documentWidth(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth');
}
