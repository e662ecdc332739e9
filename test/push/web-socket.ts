import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** One client's connection: whole texts, both ways. */
export interface TextSocket {
  readonly send: (text: string) => void;
  readonly close: () => void;
}

const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;
/** Source: RFC 6455, 1.3. */
const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Takes an upgrade as a WebSocket (RFC 6455) of texts, with the subprotocol the client asks for. */
export function acceptSocket(
  request: IncomingMessage,
  socket: Duplex,
  onText: (text: string) => void,
): TextSocket {
  const key = request.headers['sec-websocket-key'] ?? '';
  const accept = createHash('sha1').update(`${key}${MAGIC}`).digest('base64');
  const protocol = request.headers['sec-websocket-protocol'];
  const head = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  let buffer = Buffer.alloc(0);
  let parts: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => {
    buffer = Buffer.concat([buffer, bytes]);
    for (let frame = readFrame(buffer); frame !== undefined; frame = readFrame(buffer)) {
      buffer = buffer.subarray(frame.length);
      if (frame.opcode === CLOSE) socket.end(frameOf(CLOSE, frame.payload));
      else if (frame.opcode === PING) socket.write(frameOf(PONG, frame.payload));
      else if (frame.opcode !== PONG) {
        parts.push(frame.payload);
        if (!frame.isLast) continue;
        onText(Buffer.concat(parts).toString('utf8'));
        parts = [];
      }
    }
  });
  // A client that goes away says nothing of it.
  socket.on('error', () => socket.destroy());
  return {
    send: (text) => socket.write(frameOf(TEXT, Buffer.from(text))),
    close: () => socket.destroy(),
  };
}

interface Frame {
  readonly isLast: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
  /** Of the whole frame, in bytes. */
  readonly length: number;
}

/** The first frame, unmasked; `undefined`: it is not all there yet. Source: RFC 6455, 5.2. */
function readFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < 2) return undefined;
  const [first, second] = [bytes.readUInt8(0), bytes.readUInt8(1)];
  const short = second & 0x7f;
  const sizeBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const at = 2 + sizeBytes;
  if (bytes.length < at + 4) return undefined;
  const size =
    sizeBytes === 0
      ? short
      : sizeBytes === 2
        ? bytes.readUInt16BE(2)
        : Number(bytes.readBigUInt64BE(2));
  const maskBytes = second & 0x80 ? 4 : 0;
  const length = at + maskBytes + size;
  if (bytes.length < length) return undefined;
  const mask = bytes.subarray(at, at + maskBytes);
  const masked = bytes.subarray(at + maskBytes, length);
  const payload = Buffer.from(masked.map((byte, i) => byte ^ (mask[i % 4] ?? 0)));
  return { isLast: (first & 0x80) !== 0, opcode: first & 0x0f, payload, length };
}

function frameOf(opcode: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(payload.length < 126 ? 2 : 4);
  if (payload.length > 0xffff) throw new Error(`a frame of ${payload.length} bytes`);
  head.writeUInt8(0x80 | opcode, 0);
  head.writeUInt8(Math.min(payload.length, 126), 1);
  if (payload.length >= 126) head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}
