import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerParser, type HttpAnswer } from '../../../agent/http/answer-parser.ts';

const BODY_MAX_BYTES = 1000;

/** What the parser makes of an answer that comes in pieces of these sizes, then ends or not. */
function parse(text: string, sizes: readonly number[] = [], ends = false): HttpAnswer | undefined {
  const parser = new AnswerParser(BODY_MAX_BYTES);
  const bytes = Buffer.from(text, 'latin1');
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    const answer = parser.push(bytes.subarray(at, at + size));
    if (answer !== undefined) return answer;
    at += size;
    if (at >= bytes.length) break;
  }
  return ends ? parser.end() : undefined;
}

const sized = (body: string, more = '') =>
  `HTTP/1.1 200 OK\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;

const chunked = (parts: readonly string[]) =>
  `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${parts
    .map((part) => `${part.length.toString(16)};x=1\r\n${part}\r\n`)
    .join('')}0\r\nsome: trailer\r\n\r\n`;

describe('an answer of a server', () => {
  it('is its status, headers by lower-case name, and body', () => {
    const answer = parse(
      sized('{"a":1}', 'Retry-After:  7 \r\nSet-Cookie: a\r\nset-cookie: b\r\n'),
    );
    expect(answer).toMatchObject({ status: 200, isKept: true });
    expect(answer?.body.toString()).toBe('{"a":1}');
    expect(answer?.headers.get('retry-after')).toBe('7');
    expect(answer?.headers.get('set-cookie')).toBe('a, b');
  });

  it('is the same in whatever pieces it comes', () => {
    const parts = fc.array(fc.string({ minLength: 1, maxLength: 30, unit: 'binary-ascii' }), {
      maxLength: 10,
    });
    const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 50 });
    fc.assert(
      fc.property(parts, sizes, fc.boolean(), (texts, pieces, isChunked) => {
        const body = texts.join('');
        const answer = parse(isChunked ? chunked(texts) : sized(body), pieces);
        expect(answer?.body.toString('latin1')).toBe(body);
        expect(answer?.isKept).toBe(true);
      }),
    );
  });

  it('goes on to the end of the connection where it has no length', () => {
    const text = 'HTTP/1.1 200 OK\r\n\r\nall of it';
    expect(parse(text)).toBeUndefined();
    expect(parse(text, [3, 20], true)).toMatchObject({ isKept: false });
    expect(parse(text, [], true)?.body.toString()).toBe('all of it');
  });

  it('is not whole when the connection ends within it', () => {
    const text = sized('0123456789');
    expect(parse(text.slice(0, -1), [], true)).toBeUndefined();
    expect(parse(chunked(['0123456789']).slice(0, -1), [], true)).toBeUndefined();
  });

  it('comes after what is only about it', () => {
    expect(parse(`HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${sized('a')}`)?.status).toBe(200);
  });

  it.each([
    ['HTTP/1.1 204 No Content\r\n\r\n', true],
    ['HTTP/1.1 200 OK\r\nConnection: close\r\ncontent-length: 0\r\n\r\n', false],
    ['HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n', false],
    ['HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n', true],
    // Nobody asked for that, and it would be taken for the next answer.
    [`${sized('a')}more`, false],
  ])('says whether its connection can be used again: %j', (text, isKept) => {
    expect(parse(text)?.isKept).toBe(isKept);
  });

  it.each([
    ['SSH-2.0-OpenSSH_9.2\r\n\r\n', 'no HTTP'],
    ['HTTP/2 200\r\n\r\n', 'no HTTP'],
    ['HTTP/1.1 200 OK\r\nno header\r\n\r\n', 'header that is none'],
    ['HTTP/1.1 200 OK\r\na : 1\r\n\r\n', 'header that is none'],
    ['HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n', '"-1" bytes'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', '"1, 2" bytes'],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n', 'in gzip'],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n', 'no length'],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n', 'another length'],
    [`HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(5000)}\r\n`, 'head of more than 16384 bytes'],
    ['a'.repeat(20_000), 'head of more than 16384 bytes'],
    [sized('a'.repeat(1001)), 'more than 1000 bytes'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n', 'more than 1000 bytes'],
    [chunked(['a'.repeat(600), 'a'.repeat(600)]), 'more than 1000 bytes'],
    [`HTTP/1.1 200 OK\r\n\r\n${'a'.repeat(1001)}`, 'more than 1000 bytes'],
    [`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${'0'.repeat(300)}`, 'no length'],
  ])('that is none, or too much, is an error: %.60j', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  it('throws nothing but errors, whatever comes', () => {
    const start = fc.constantFrom('', 'HTTP/1.1 200 OK\r\n', chunked(['abc']).slice(0, 50));
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 200 }), (head, bytes) => {
        try {
          parse(head + Buffer.from(bytes).toString('latin1'), [7, 30], true);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});
