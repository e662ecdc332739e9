import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { startWorld, type World } from '../world/world.ts';
import { allPages } from './all-pages.ts';
import { DESKTOP, launchBrowser, PHONE, settled, type Theme, visit } from './open-page.ts';

/**
 * `npm run screenshots`: pictures of each page of a made world whose clock stands still, light and dark, on a desktop
 * and a phone, in `docs/images`. `-- --only alerts` makes those of one page.
 */

const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'images');
/** A Tuesday afternoon: people are at work. */
const NOW_MS = Date.UTC(2026, 10, 24, 14, 32, 20);
const THEMES: readonly Theme[] = ['light', 'dark'];
const DEVICES = { desktop: DESKTOP, phone: PHONE } as const;
type Device = keyof typeof DEVICES;
/** What is drawn on a canvas, and what comes after the first answer. */
const DRAWN_MS = 1500;
/** Letters stay sharp. */
const QUALITY = 0.88;

const { values } = parseArgs({ options: { only: { type: 'string' } } });

await mkdir(FOLDER, { recursive: true });
const world = await startWorld({
  ...{ hosts: 15, vmsPerHost: 12, hours: 7, days: 30 },
  ...{ nowMs: NOW_MS, isStill: true },
});
const browser = await launchBrowser();
let bytes = 0;
try {
  const pictures = new Map<string, string>();
  const pages = Object.entries(allPages(world)).filter(
    ([name]) => values.only === undefined || name === values.only,
  );
  for (const theme of THEMES)
    for (const device of ['desktop', 'phone'] as const)
      for (const [name, path] of pages) {
        const file = `${name}-${theme}-${device}`;
        pictures.set(file, await take(browser, world, path, theme, device));
        await save(file, pictures.get(file) ?? '');
      }
  const [desktop, phone] = ['overview-light-desktop', 'alerts-dark-phone'].map((file) =>
    pictures.get(file),
  );
  if (desktop !== undefined && phone !== undefined)
    await save('hypervigil', await composed(browser, desktop, phone));
} finally {
  await browser.close();
  await world.close();
}
console.log(`${(bytes / 1e6).toFixed(2)} MB in ${FOLDER}`);

/** A picture as WebP, in base64. */
async function take(
  from: Browser,
  { url, tokens }: World,
  path: string,
  theme: Theme,
  device: Device,
): Promise<string> {
  const seen = await visit(from, {
    ...{ url, token: tokens.admin, theme, atMs: NOW_MS },
    ...{ viewport: DEVICES[device], touch: device === 'phone' },
  });
  try {
    await seen.open(path);
    await settled(seen.page).catch((error) => console.error(path, String(error).split('\n', 1)[0]));
    await seen.page.waitForTimeout(DRAWN_MS);
    const png = await seen.page.screenshot({ animations: 'disabled', caret: 'hide' });
    if (seen.complaints.length > 0) console.error(path, seen.complaints);
    return await toWebp(from, png);
  } finally {
    await seen.close();
  }
}

/** A third of a PNG. Chromium makes it: it has to be there anyway. */
async function toWebp(from: Browser, png: Buffer): Promise<string> {
  const page = await blankPage(from);
  const url = await page.evaluate<string>(`(async () => {
    const bytes = Uint8Array.from(atob('${png.toString('base64')}'), (char) => char.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = document.createElement('canvas');
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext('2d').drawImage(bitmap, 0, 0);
    return canvas.toDataURL('image/webp', ${QUALITY});
  })()`);
  await page.close();
  return url.slice(url.indexOf(',') + 1);
}

async function blankPage(from: Browser): Promise<Page> {
  const page = await from.newPage({ viewport: { width: 1400, height: 900 } });
  await page.goto('about:blank');
  return page;
}

/** The first picture of the README: a desktop, and a phone before it. */
async function composed(from: Browser, desktop: string, phone: string): Promise<string> {
  const page = await blankPage(from);
  const image = (base64: string) => `data:image/webp;base64,${base64}`;
  await page.setContent(`<style>
      body { margin: 0; width: 1400px; height: 900px; position: relative;
        background: linear-gradient(135deg, #dfe7f3, #f4f1ea); }
      img { position: absolute; border-radius: 10px; box-shadow: 0 20px 50px rgb(16 24 40 / 35%); }
      .desktop { left: 40px; top: 40px; width: 1216px; }
      .phone { right: 40px; bottom: 40px; width: 300px; border-radius: 28px; border: 6px solid #10151c; }
    </style>
    <img class="desktop" src="${image(desktop)}"><img class="phone" src="${image(phone)}">`);
  await page.locator('img').last().evaluate('(image) => image.decode()');
  const png = await page.screenshot();
  await page.close();
  return toWebp(from, png);
}

async function save(name: string, base64: string): Promise<void> {
  const content = Buffer.from(base64, 'base64');
  bytes += content.length;
  await writeFile(join(FOLDER, `${name}.webp`), content);
}
