import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import { PAGE_NAMES, pageSegment } from '../../../core/answers/page-names.ts';
import { readShortQuery, SHORT_PATH } from '../../../core/delivery/short-link.ts';
import { errorJson } from '../reply.ts';
import type { DashboardFiles, Packing } from './dashboard-files.ts';
import type { FileEntry } from './file-list.ts';

/** All pages are the same document: its script shows the one that the address names. */
const DOCUMENT = '/index.html';
const PAGE_PATHS: ReadonlySet<string> = new Set(PAGE_NAMES.map((name) => `/${pageSegment(name)}`));
/** Below it are the scripts and styles, named by a hash of what is in them. */
const ASSETS = '/assets/';
const SERVICE_WORKER = '/service-worker.js';
/** What else lies beside the document. */
const BESIDE: ReadonlySet<string> = new Set([
  SERVICE_WORKER,
  '/manifest.webmanifest',
  '/icon.svg',
  '/icon-192.png',
  '/icon-512.png',
  '/icon-maskable.png',
  '/badge-96.png',
  '/third-party-notices.txt',
]);

/** Where there is something of the dashboard's; what ends with "/" stands for all below. */
export const DASHBOARD_PATHS: readonly string[] = [...PAGE_PATHS, SHORT_PATH, ASSETS, ...BESIDE];

/** Is it the address of a page? */
export function isPagePath(path: string): boolean {
  return PAGE_PATHS.has(path);
}

/**
 * Answers anybody, without a token: the pages hold no data. `undefined`: there is no page, some other part knows the
 * path. The path is taken as it was sent: the pages' links are relative, so a slash at the end would change them.
 */
export function answerPage(
  event: LambdaFunctionURLEvent,
  dashboard: DashboardFiles,
): LambdaFunctionURLResult | undefined {
  const { rawPath, headers, requestContext } = event;
  const isPage = isPagePath(rawPath);
  const path = isPage ? DOCUMENT : rawPath;
  const isShort = rawPath === SHORT_PATH;
  if (!isPage && !isShort && !rawPath.startsWith(ASSETS) && !BESIDE.has(rawPath)) return undefined;
  const method = requestContext.http.method.toUpperCase();
  if (method !== 'GET' && method !== 'HEAD') return notAllowed(method);
  if (isShort) return leadOn(event.rawQueryString);
  const file = dashboard.find(path);
  if (file === undefined) return notFound(rawPath, dashboard);
  const packing = packingOf(file, headers['accept-encoding'] ?? '');
  const etag = `"${file.hash}${packing === 'none' ? '' : `-${packing}`}"`;
  const common = { ...headersOf(path, file), etag };
  // A browser that has it need not get it again.
  if (headers['if-none-match'] === etag) return { statusCode: 304, headers: common };
  return {
    statusCode: 200,
    headers: packing === 'none' ? common : { ...common, 'content-encoding': packing },
    body: dashboard.read(path, packing),
    isBase64Encoded: true,
  };
}

/** From the short address of an SMS to its alerts; to all alerts where it names none. Relative, as the pages' links. */
function leadOn(query: string): LambdaFunctionURLResult {
  const subject = readShortQuery(query);
  const page = `./${pageSegment('alerts')}`;
  const location =
    subject === undefined
      ? page
      : `${page}?${subject.isGroup ? 'with' : 'alert'}=${subject.fingerprint}`;
  return { statusCode: 302, headers: { location, 'cache-control': 'no-cache' } };
}

function packingOf({ isPacked }: FileEntry, accepted: string): Packing {
  if (!isPacked) return 'none';
  if (/\bbr\b/i.test(accepted)) return 'br';
  return /\bgzip\b/i.test(accepted) ? 'gzip' : 'none';
}

/**
 * Scripts and styles only from beside the page: nothing that somebody got into a page would run. The one address that
 * a script may give a worker is the service worker's, by a policy of that name.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types hypervigil',
].join('; ');

/** A service worker has a policy of its own: it asks the API, and loads nothing. */
const WORKER_POLICY = "default-src 'none'; connect-src 'self'; frame-ancestors 'none'";

/** A day: icons and the manifest have no hash in their names. */
const BESIDE_LASTS = 'public, max-age=86400';

function headersOf(path: string, { type, isPacked }: FileEntry): Record<string, string> {
  const headers = { 'content-type': type, ...(isPacked ? { vary: 'Accept-Encoding' } : {}) };
  if (path === DOCUMENT)
    // A page of an older version would ask an API of a newer one.
    return { ...headers, 'content-security-policy': PAGE_POLICY, 'cache-control': 'no-cache' };
  if (path === SERVICE_WORKER)
    return { ...headers, 'content-security-policy': WORKER_POLICY, 'cache-control': 'no-cache' };
  const lasts = path.startsWith(ASSETS) ? 'public, max-age=31536000, immutable' : BESIDE_LASTS;
  return { ...headers, 'cache-control': lasts };
}

function notAllowed(method: string): LambdaFunctionURLResult {
  const headers = { allow: 'GET, HEAD', 'content-type': 'application/json' };
  const message = `${method} is not GET or HEAD`;
  return { statusCode: 405, headers, body: errorJson({ kind: 'not_allowed', message }) };
}

function notFound(path: string, { build }: DashboardFiles): LambdaFunctionURLResult {
  const headers = { 'content-type': 'application/json' };
  const why = build() === undefined ? ': the dashboard is not built here' : '';
  const message = `nothing at ${path}${why}`;
  return { statusCode: 404, headers, body: errorJson({ kind: 'not_found', message }) };
}
