/** Shorter texts are words, and a word is no secret. */
const SECRET_MIN_CHARS = 6;
const REASON_MAX_CHARS = 300;

/** One short line without the secrets that a service, or an error, may have repeated. */
export function redacted(text: string, url: string, secrets: readonly string[]): string {
  const hidden = [...secrets, ...secretsOfUrl(url)]
    .filter((secret) => secret.length >= SECRET_MIN_CHARS)
    .sort((a, b) => b.length - a.length);
  let shown = text;
  for (const secret of hidden) shown = shown.replaceAll(secret, '<secret>');
  return shown
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, REASON_MAX_CHARS);
}

/** Everything of a webhook's URL but its origin may be the key to it. */
function secretsOfUrl(text: string): string[] {
  if (!URL.canParse(text)) return [text];
  const url = new URL(text);
  const parts = [...url.pathname.split('/'), ...url.searchParams.values(), url.password];
  return [text, url.href, url.pathname + url.search, ...parts, ...parts.map(decoded)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
