import type { IncomingMessage } from 'node:http';
import { err, ok, type Result } from '../../core/result.ts';

/** The whole body, or why there is none: it is larger than `maxBytes`, or the client went away. */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
): Promise<Result<Buffer, 'too_large' | 'aborted'>> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    request.on('data', (part: Buffer) => {
      bytes += part.length;
      // The rest is read and dropped, so that the client gets to see the answer.
      if (bytes > maxBytes) resolve(err('too_large'));
      else parts.push(part);
    });
    request.on('end', () => resolve(ok(Buffer.concat(parts))));
    request.on('error', () => resolve(err('aborted')));
    request.on('close', () => resolve(err('aborted')));
  });
}
