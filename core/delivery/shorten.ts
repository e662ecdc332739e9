/** At most so many characters, with "..." where some were cut. A pair of surrogates is not cut apart. */
export function cutChars(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  return `${text
    .slice(0, maxChars - 3)
    .toWellFormed()
    .replace(/\ufffd$/, '')
    .trimEnd()}...`;
}

/** At most so many bytes of UTF-8, with "..." where some were cut. */
export function cutBytes(text: string, maxBytes: number): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= maxBytes) return text;
  const kept = new TextDecoder().decode(bytes.subarray(0, maxBytes - 3));
  // What was cut in the middle of a character decodes to a replacement of up to three bytes.
  return `${kept.replace(/\ufffd+$/, '').trimEnd()}...`;
}

/** Bytes of the text in UTF-8. */
export function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** The first items whose texts fit into so many bytes of UTF-8, and one at least. */
export function withinBytes<T>(
  items: readonly T[],
  text: (item: T) => string,
  maxBytes: number,
): T[] {
  let bytes = 0;
  const kept: T[] = [];
  for (const item of items) {
    bytes += utf8Bytes(text(item));
    if (bytes > maxBytes && kept.length > 0) break;
    kept.push(item);
  }
  return kept;
}

/** Blanks and control characters become single spaces. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
}

/** Without control characters but tabs and ends of lines, and without halves of characters. */
export function plainText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('\r\n', '\n')
    .replaceAll(/[^\P{Cc}\n\t]/gu, ' ');
}

/** One line of printable ASCII: accents are dropped, what has no base letter is "?". */
export function asciiLine(text: string, maxChars: number): string {
  const ascii = text
    .normalize('NFKD')
    .replaceAll(/[^\p{ASCII}]/gu, (char) => (/\p{M}/u.test(char) ? '' : '?'));
  return cutChars(oneLine(ascii), maxChars);
}
