import { gzipSync } from 'node:zlib';
import type { LambdaFunctionURLResult } from 'aws-lambda';
import { errorJson } from '../reply.ts';
import { ASSETS_PATH, type Asset, scriptAsset, styleAsset } from './assets.ts';

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
const STYLE = 'page.css';

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
  const isAsset = rawPath.startsWith(ASSETS_PATH);
  if (page === undefined && rawPath !== '/' && !isAsset) return undefined;
  if (method !== 'GET' && method !== 'HEAD') {
    const headers = { allow: 'GET, HEAD', 'content-type': 'application/json' };
    const message = `${method} is not GET or HEAD`;
    return { statusCode: 405, headers, body: errorJson({ kind: 'not_allowed', message }) };
  }
  if (isAsset) return answerAsset(rawPath, takesGzip);
  // A relative address, for whatever stands before this; the browser keeps what follows a "#".
  if (page === undefined) return { statusCode: 302, headers: { location: `.${START}` } };
  const { html, gzip } = rendered(page);
  return textOrGzip(html, gzip, HEADERS, takesGzip);
}

function answerAsset(rawPath: string, takesGzip: boolean): LambdaFunctionURLResult {
  const asset = assets().find(({ path }) => path === rawPath);
  if (asset === undefined) {
    const headers = { 'content-type': 'application/json' };
    const message = `nothing at ${rawPath}`;
    return { statusCode: 404, headers, body: errorJson({ kind: 'not_found', message }) };
  }
  const headers = {
    'content-type': asset.mediaType,
    // Its name is a hash of it.
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'Accept-Encoding',
  };
  return textOrGzip(asset.text, asset.gzip, headers, takesGzip);
}

function assets(): readonly Asset[] {
  return [styleAsset(STYLE), ...[...PAGES.values()].map(({ script }) => scriptAsset(script))];
}

function textOrGzip(
  text: string,
  gzip: string,
  headers: Readonly<Record<string, string>>,
  takesGzip: boolean,
): LambdaFunctionURLResult {
  if (!takesGzip) return { statusCode: 200, headers, body: text };
  const packed = { ...headers, 'content-encoding': 'gzip' };
  return { statusCode: 200, headers: packed, body: gzip, isBase64Encoded: true };
}

interface Rendered {
  readonly html: string;
  /** The same, packed, in base64. */
  readonly gzip: string;
}

const done = new Map<Page, Rendered>();

function rendered(page: Page): Rendered {
  const known = done.get(page);
  if (known !== undefined) return known;
  const html = htmlOf(page);
  const made = { html, gzip: gzipSync(html).toString('base64') };
  done.set(page, made);
  return made;
}

/** Scripts and styles only from beside the page: nothing that somebody got into a page would run. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
];

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': POLICY.join('; '),
  // A page of an older version would ask an API of a newer one.
  'cache-control': 'no-cache',
  vary: 'Accept-Encoding',
};

const ICON =
  '%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 16 16%22%3E%3Cpath d=%22M1 9h3l2-6 4 10 2-4h3%22 fill=%22none%22 stroke=%22%232f81f7%22 stroke-width=%222%22/%3E%3C/svg%3E';

/** Relative, for whatever stands before this. */
function linkTo({ path }: Asset): string {
  return path.slice(1);
}

function htmlOf({ title, script }: Page): string {
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
<link rel="stylesheet" href="${linkTo(styleAsset(STYLE))}">
<script type="module" src="${linkTo(scriptAsset(script))}"></script>
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
</body>
</html>
`;
}
