import { StringDecoder } from 'node:string_decoder';

/** Longer than any series that could be stored. */
export const MAX_LINE_CHARS = 1 << 20;

/** The lines of a text, some at a time, without their ends; one that is too long is cut to `MAX_LINE_CHARS`. */
export async function* linesOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<readonly string[]> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const part of bytes) {
    const lines = (rest + decoder.write(part)).split('\n');
    rest = (lines.pop() ?? '').slice(0, MAX_LINE_CHARS);
    if (lines.length > 0) yield lines.map(withoutReturn);
  }
  rest += decoder.end();
  if (rest !== '') yield [withoutReturn(rest)];
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
