/** An answer of a server, whole. */
export interface HttpAnswer {
  readonly status: number;
  /** By lower-case name; of a header that came more than once, all values behind each other. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** May the connection be used again? */
  readonly isKept: boolean;
}

/** Status line and headers; real ones have some 500 bytes. */
const HEAD_MAX_BYTES = 16 << 10;

/** The line before each piece of a chunked body: a number in hex, and whatever its extension says. */
const CHUNK_LINE_MAX_BYTES = 256;

type Stage =
  | 'head'
  | 'sized'
  | 'chunk-line'
  | 'chunk'
  | 'chunk-end'
  | 'trailer'
  | 'to-end'
  | 'done';

/**
 * Reads the answer to one POST or GET from the bytes of a connection. Source: RFC 9112. What is no
 * HTTP/1.1, and more than the bounds allow, throws: the connection is of no use then.
 */
export class AnswerParser {
  readonly #bodyMaxBytes: number;
  /** What came and was not understood yet; bounded by the stages. */
  #rest: Buffer = Buffer.alloc(0);
  #stage: Stage = 'head';
  #status = 0;
  #headers: Map<string, string> = new Map();
  #isKept = false;
  readonly #body: Buffer[] = [];
  #bodyBytes = 0;
  /** Of the body, or of its piece. */
  #missingBytes = 0;
  #trailerBytes = 0;

  constructor(bodyMaxBytes: number) {
    this.#bodyMaxBytes = bodyMaxBytes;
  }

  /** Takes what came; the answer once it is whole. */
  push(bytes: Buffer): HttpAnswer | undefined {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    while (this.#step());
    if (this.#stage !== 'done') return undefined;
    // Bytes that nobody asked for would be taken for the next answer.
    return this.#answer(this.#isKept && this.#rest.length === 0);
  }

  /** The server has ended the connection: that is the end of a body without a length. */
  end(): HttpAnswer | undefined {
    return this.#stage === 'to-end' ? this.#answer(false) : undefined;
  }

  #answer(isKept: boolean): HttpAnswer {
    const body = Buffer.concat(this.#body, this.#bodyBytes);
    return { status: this.#status, headers: this.#headers, body, isKept };
  }

  /** Goes one stage on, if there is enough for it. */
  #step(): boolean {
    switch (this.#stage) {
      case 'head':
        return this.#readHead();
      case 'sized':
        if (!this.#readBody()) return false;
        this.#stage = 'done';
        return false;
      case 'to-end':
        this.#missingBytes = this.#rest.length;
        this.#readBody();
        return false;
      case 'chunk-line':
        return this.#readChunkLine();
      case 'chunk':
        if (!this.#readBody()) return false;
        this.#stage = 'chunk-end';
        return true;
      case 'chunk-end':
        return this.#readChunkEnd();
      case 'trailer':
        return this.#readTrailer();
      case 'done':
        return false;
    }
  }

  #readHead(): boolean {
    const end = this.#rest.indexOf('\r\n\r\n');
    if (end > HEAD_MAX_BYTES || (end === -1 && this.#rest.length > HEAD_MAX_BYTES))
      throw new Error(`an answer with a head of more than ${HEAD_MAX_BYTES} bytes`);
    if (end === -1) return false;
    const [statusLine = '', ...lines] = this.#rest.toString('latin1', 0, end).split('\r\n');
    this.#rest = this.#rest.subarray(end + 4);
    const [, minor, code] = /^HTTP\/1\.([01]) (\d{3})(?: .*)?$/.exec(statusLine) ?? [];
    if (code === undefined) throw new Error('an answer that is no HTTP');
    this.#status = Number(code);
    // 100 Continue, 103 Early Hints: the answer itself is to come.
    if (this.#status < 200) return true;
    this.#headers = headersOf(lines);
    const connection = this.#headers.get('connection')?.toLowerCase() ?? '';
    this.#isKept =
      minor === '1' ? !/\bclose\b/.test(connection) : /\bkeep-alive\b/.test(connection);
    this.#stage = this.#bodyStage();
    return true;
  }

  /** How long the body is. Source: RFC 9112, 6.3. */
  #bodyStage(): Stage {
    if (this.#status === 204 || this.#status === 304) return 'done';
    const coding = this.#headers.get('transfer-encoding');
    if (coding !== undefined) {
      if (coding.toLowerCase() !== 'chunked') throw new Error(`an answer in ${coding}`);
      return 'chunk-line';
    }
    const length = this.#headers.get('content-length');
    if (length === undefined) return 'to-end';
    if (!/^\d{1,15}$/.test(length)) throw new Error(`an answer of "${length}" bytes`);
    this.#missingBytes = Number(length);
    return 'sized';
  }

  /** Is the body, or its piece, whole? */
  #readBody(): boolean {
    const part = this.#rest.subarray(0, this.#missingBytes);
    this.#rest = this.#rest.subarray(part.length);
    this.#missingBytes -= part.length;
    this.#bodyBytes += part.length;
    if (this.#bodyBytes + this.#missingBytes > this.#bodyMaxBytes)
      throw new Error(`an answer of more than ${this.#bodyMaxBytes} bytes`);
    if (part.length > 0) this.#body.push(part);
    return this.#missingBytes === 0;
  }

  #readChunkLine(): boolean {
    const end = this.#rest.indexOf('\r\n');
    if (end === -1 ? this.#rest.length > CHUNK_LINE_MAX_BYTES : end > CHUNK_LINE_MAX_BYTES)
      throw new Error('an answer whose pieces have no length');
    if (end === -1) return false;
    const line = this.#rest.toString('latin1', 0, end);
    this.#rest = this.#rest.subarray(end + 2);
    const [, digits] = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(line) ?? [];
    if (digits === undefined) throw new Error('an answer whose pieces have no length');
    this.#missingBytes = Number.parseInt(digits, 16);
    this.#stage = this.#missingBytes === 0 ? 'trailer' : 'chunk';
    return true;
  }

  #readChunkEnd(): boolean {
    if (this.#rest.length < 2) return false;
    if (this.#rest.toString('latin1', 0, 2) !== '\r\n')
      throw new Error('an answer whose pieces have another length than they say');
    this.#rest = this.#rest.subarray(2);
    this.#stage = 'chunk-line';
    return true;
  }

  /** Headers behind the body, which nobody needs, up to an empty line. */
  #readTrailer(): boolean {
    const end = this.#rest.indexOf('\r\n');
    this.#trailerBytes += Math.max(0, end);
    if (this.#trailerBytes > HEAD_MAX_BYTES || this.#rest.length > HEAD_MAX_BYTES + end + 2)
      throw new Error(`an answer with more than ${HEAD_MAX_BYTES} bytes behind it`);
    if (end === -1) return false;
    this.#rest = this.#rest.subarray(end + 2);
    if (end === 0) this.#stage = 'done';
    return end > 0;
  }
}

function headersOf(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value = ''] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined) throw new Error('an answer with a header that is none');
    const key = name.toLowerCase();
    const before = headers.get(key);
    headers.set(key, before === undefined || before === value ? value : `${before}, ${value}`);
  }
  return headers;
}
