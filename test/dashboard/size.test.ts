import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildDashboard } from '../../infra/dashboard-build/build.ts';

/** What the bundler says of its files. */
type Bundles = Readonly<Record<string, Bundle>>;

interface Bundle {
  readonly file: string;
  /** Keys of what is loaded before it runs. */
  readonly imports?: readonly string[];
}

const OVERVIEW_MOST_BYTES = 120_000;

let folder: string;
let bundles: Bundles;

beforeAll(async () => {
  folder = await buildDashboard();
  bundles = JSON.parse(readFileSync(join(folder, 'bundles.json'), 'utf8')) as Bundles;
}, 60_000);

/** The scripts that have to be there before a page is seen. */
function scriptsOf(page: string): readonly string[] {
  const keys = new Set(['index.html', `pages/${page}/page.tsx`]);
  for (const key of keys) for (const imported of bundles[key]?.imports ?? []) keys.add(imported);
  return [...keys].map((key) => {
    const file = bundles[key]?.file;
    if (file === undefined) throw new Error(`no bundle of ${key}`);
    return file;
  });
}

describe('the overview', () => {
  test('is seen with less than 120 KB of script, packed', () => {
    const bytes = scriptsOf('overview').map((file) => statSync(join(folder, `${file}.gz`)).size);
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(OVERVIEW_MOST_BYTES);
  });

  test('loads no charts and no editor', () => {
    const scripts = scriptsOf('overview').map((file) => readFileSync(join(folder, file), 'utf8'));
    for (const mark of ['cm-editor', 'uplot', 'u-over']) expect(scripts.join()).not.toContain(mark);
  });
});

describe('what is served', () => {
  const NAMED = /(?:https?:\/\/|["'`(]\/\/)(?:[\w-]+\.)+[a-z]{2,}[^\s"'`)]*/g;
  /** Names of XML's languages, which nothing asks for; and addresses that texts show as examples or link to. */
  const HARMLESS =
    /^http:\/\/www\.w3\.org\/|^(https?:)?\/\/([\w-]+\.)*example\.(com|org)|^https:\/\/(react\.dev|preactjs\.com|ariakit\.com|github\.com\/ariakit)/;

  test('loads nothing from elsewhere', () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.(html|js|css|webmanifest|svg)$/.test(name),
    );
    expect(files.length).toBeGreaterThan(10);
    const found = files.flatMap((name) =>
      [...readFileSync(join(folder, name), 'utf8').matchAll(NAMED)]
        .map(([address]) => address)
        .filter((address) => !HARMLESS.test(address))
        .map((address) => `${name}: ${address.slice(0, 80)}`),
    );
    expect(found).toEqual([]);
  });

  test('has no script or style but in files of their own', () => {
    const html = readFileSync(join(folder, 'index.html'), 'utf8');
    expect(html).not.toMatch(/<style|<script(?![^>]* src=)|<[^>]+ on\w+=|<[^>]+ style=/);
  });
});
