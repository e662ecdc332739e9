import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { LambdaFunctionURLResult } from 'aws-lambda';
import { errorJson } from '../reply.ts';
import { linkScript, readBrowserFile } from './script.ts';

/** A page people open: what a message links to. It holds no data; its script asks the API for that. */
interface Page {
  readonly title: string;
  /** The module of `browser/` that fills it. */
  readonly script: string;
}

const PAGES: ReadonlyMap<string, Page> = new Map([
  ['/alerts', { title: 'Alerts', script: 'alerts.js' }],
  ['/graph', { title: 'Graph', script: 'graph.js' }],
]);
const START = '/alerts';

/** Is it the address of a page? */
export function isPagePath(path: string): boolean {
  return PAGES.has(path);
}

interface PageRequest {
  readonly method: string;
  /** As it was sent: the pages' links are relative, so a slash at the end would change them. */
  readonly rawPath: string;
  readonly takesGzip: boolean;
}

/** Answers anybody, without a token. `undefined`: there is no page, some other part knows the path. */
export function answerPage({
  method,
  rawPath,
  takesGzip,
}: PageRequest): LambdaFunctionURLResult | undefined {
  const page = PAGES.get(rawPath);
  if (page === undefined && rawPath !== '/') return undefined;
  if (method !== 'GET' && method !== 'HEAD') {
    const headers = { allow: 'GET, HEAD', 'content-type': 'application/json' };
    const message = `${method} is not GET or HEAD`;
    return { statusCode: 405, headers, body: errorJson({ kind: 'not_allowed', message }) };
  }
  // A relative address, for whatever stands before this; the browser keeps what follows a "#".
  if (page === undefined) return { statusCode: 302, headers: { location: `.${START}` } };
  const { html, gzip, headers } = rendered(page);
  return takesGzip
    ? {
        statusCode: 200,
        headers: { ...headers, 'content-encoding': 'gzip' },
        body: gzip,
        isBase64Encoded: true,
      }
    : { statusCode: 200, headers, body: html };
}

interface Rendered {
  readonly html: string;
  /** The same, packed, in base64. */
  readonly gzip: string;
  readonly headers: Readonly<Record<string, string>>;
}

const done = new Map<Page, Rendered>();

function rendered(page: Page): Rendered {
  const known = done.get(page);
  if (known !== undefined) return known;
  const style = readBrowserFile('page.css');
  const script = linkScript(page.script);
  const html = htmlOf(page, style, script);
  const made = {
    html,
    gzip: gzipSync(html).toString('base64'),
    headers: headersOf(style, script),
  };
  done.set(page, made);
  return made;
}

function headersOf(style: string, script: string): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ];
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    // A page of an older version would ask an API of a newer one.
    'cache-control': 'no-cache',
    vary: 'Accept-Encoding',
  };
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

const ICON =
  '%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 16 16%22%3E%3Cpath d=%22M1 9h3l2-6 4 10 2-4h3%22 fill=%22none%22 stroke=%22%232f81f7%22 stroke-width=%222%22/%3E%3C/svg%3E';

function htmlOf({ title }: Page, style: string, script: string): string {
  const links = [...PAGES].map(([path, page]) => {
    const here = page.title === title ? ' aria-current="page"' : '';
    return `<a href="${path.slice(1)}"${here}>${page.title}</a>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · Hypervigil</title>
<link rel="icon" href="data:image/svg+xml,${ICON}">
<style>${style}</style>
</head>
<body>
<header>
<strong>Hypervigil</strong>
<nav aria-label="Pages">${links.join('')}</nav>
<button type="button" class="plain" id="sign-out" hidden>Sign out</button>
</header>
<p id="status" role="status"></p>
<noscript><p>This page asks the API with a script, which this browser does not run.</p></noscript>
<main id="main"></main>
<script type="module">${script}</script>
</body>
</html>
`;
}
