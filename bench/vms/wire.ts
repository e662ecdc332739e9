import { connect, createServer, type Socket } from 'node:net';
import { type Frame, FrameSplitter, MESSAGE_TYPE } from '../../agent/libvirt/frame.ts';
import {
  ALL_DOMAIN_STATS,
  AUTH_LIST,
  AUTH_POLKIT,
  CONNECT_OPEN,
  DOMAIN_CONTROL_INFO,
  DOMAIN_JOB_STATS,
  REGISTER_EVENTS,
} from '../../agent/libvirt/procedures.ts';

const NAMES: ReadonlyMap<number, string> = new Map(
  [
    ALL_DOMAIN_STATS,
    AUTH_LIST,
    AUTH_POLKIT,
    CONNECT_OPEN,
    DOMAIN_CONTROL_INFO,
    DOMAIN_JOB_STATS,
    REGISTER_EVENTS,
  ].map(({ number, name }) => [number, name]),
);

/** A socket before libvirt's own, which counts what goes through it. */
export class CountedWire {
  readonly path: string;
  sentBytes = 0;
  receivedBytes = 0;
  /** How often each procedure was called, by name. */
  readonly calls = new Map<string, number>();
  readonly #close: () => void;

  private constructor(path: string, close: () => void) {
    this.path = path;
    this.#close = close;
  }

  static async open(path: string, target: string): Promise<CountedWire> {
    const sockets = new Set<Socket>();
    const server = createServer((client) => {
      const daemon = connect({ path: target });
      for (const [one, other] of [
        [client, daemon],
        [daemon, client],
      ] as const) {
        sockets.add(one);
        one.on('error', () => other.destroy());
        one.on('close', () => other.destroy());
        one.pipe(other);
      }
      const splitter = new FrameSplitter();
      client.on('data', (bytes) => wire.#count(bytes.length, splitter.push(bytes)));
      daemon.on('data', (bytes) => {
        wire.receivedBytes += bytes.length;
      });
    });
    const wire = new CountedWire(path, () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return wire;
  }

  #count(byteCount: number, frames: readonly Frame[]): void {
    this.sentBytes += byteCount;
    for (const { type, procedure } of frames) {
      if (type !== MESSAGE_TYPE.call) continue;
      const name = NAMES.get(procedure) ?? `procedure ${procedure}`;
      this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
    }
  }

  /** What went through it since the last time, as text. */
  take(): string {
    const calls = [...this.calls].map(([name, count]) => `${count} x ${name}`).join(', ');
    const text = `${calls || 'no calls'}; ${this.sentBytes} bytes sent, ${this.receivedBytes} received`;
    this.calls.clear();
    this.sentBytes = 0;
    this.receivedBytes = 0;
    return text;
  }

  close(): void {
    this.#close();
  }
}
