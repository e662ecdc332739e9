import { connect, type Socket } from 'node:net';
import { err, ok, type Result } from '../../core/result.ts';
import {
  encodeFrame,
  type Frame,
  FrameError,
  FrameSplitter,
  MESSAGE_STATUS,
  MESSAGE_TYPE,
  REMOTE_PROGRAM,
  REMOTE_VERSION,
} from './frame.ts';
import type { Procedure } from './procedures.ts';
import { decodeRemoteError } from './remote-error.ts';
import { decodeXdr } from './xdr.ts';

/**
 * Why a call gave nothing.
 * - `absent`: there is no socket; - `denied`: the socket may not be opened; - `refused`: nobody
 *   listens there; - `timeout`: no answer in time (the call stays under way); - `closed`: the
 *   connection ended; - `protocol`: the answer is not libvirt's protocol; - `libvirt`: libvirt
 *   answered with an error of its own, whose message this is.
 */
export interface RpcError {
  readonly code: 'absent' | 'denied' | 'refused' | 'timeout' | 'closed' | 'protocol' | 'libvirt';
  readonly message: string;
}

/** A connection that calls are made on. */
export interface RpcConnection {
  /**
   * One call. On `timeout` the call is given up by the caller but not by libvirt, which has no way
   * to cancel one: it counts in `underWay` until its answer comes or the connection ends.
   */
  call<A, R>(procedure: Procedure<A, R>, args: A, timeoutMs: number): Promise<Result<R, RpcError>>;
  /** Calls libvirt has not answered yet. */
  underWay(): number;
  isOpen(): boolean;
  /** Ends it at once; calls under way end as `closed`. */
  close(): void;
  /** Tells of what libvirt sends by itself, once that has been asked for. */
  onEvent(listener: (procedure: number, payload: Buffer) => void): void;
  /** Tells when the connection has ended, at once if it has already. */
  onEnd(listener: () => void): void;
}

/** Connects to a unix socket. `timeoutMs` bounds the connecting only. */
export async function connectRpc(
  path: string,
  timeoutMs: number,
): Promise<Result<RpcConnection, RpcError>> {
  const socket = connect({ path });
  return new Promise((resolve) => {
    const fail = (error: RpcError): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(err(error));
    };
    const timer = setTimeout(() => {
      fail({ code: 'timeout', message: `no connection within ${Math.round(timeoutMs)} ms` });
    }, timeoutMs);
    // A daemon told to start by its socket may be slow; nothing else waits for this.
    socket.once('error', (cause: NodeJS.ErrnoException) => fail(connectError(cause)));
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolve(ok(rpcOver(socket)));
    });
  });
}

function connectError(cause: NodeJS.ErrnoException): RpcError {
  if (cause.code === 'ENOENT') return { code: 'absent', message: 'no such socket' };
  if (cause.code === 'EACCES' || cause.code === 'EPERM') {
    return { code: 'denied', message: 'permission denied' };
  }
  return { code: 'refused', message: cause.code ?? cause.message };
}

type Answer = Result<Frame, RpcError>;

function rpcOver(socket: Socket): RpcConnection {
  const splitter = new FrameSplitter();
  const waiting = new Map<number, (answer: Answer) => void>();
  let lastSerial = 0;
  let open = true;
  let tellEvent: (procedure: number, payload: Buffer) => void = () => {};
  let tellEnd: () => void = () => {};

  const end = (error: RpcError): void => {
    if (!open) return;
    open = false;
    socket.destroy();
    for (const settle of waiting.values()) settle(err(error));
    waiting.clear();
    tellEnd();
  };

  socket.on('data', (chunk) => {
    try {
      for (const frame of splitter.push(chunk)) {
        // Keep-alives are another program's; nobody asked for them.
        if (frame.program !== REMOTE_PROGRAM) continue;
        if (frame.type === MESSAGE_TYPE.event) tellEvent(frame.procedure, frame.payload);
        if (frame.type !== MESSAGE_TYPE.reply) continue;
        const settle = waiting.get(frame.serial);
        waiting.delete(frame.serial);
        settle?.(ok(frame));
      }
    } catch (problem) {
      if (!(problem instanceof FrameError)) throw problem;
      end({ code: 'protocol', message: problem.message });
    }
  });
  socket.on('error', (cause) => end({ code: 'closed', message: cause.message }));
  socket.on('close', () => end({ code: 'closed', message: 'libvirt closed the connection' }));

  const send = (procedure: number, payload: Buffer, timeoutMs: number): Promise<Answer> => {
    if (!open) return Promise.resolve(err({ code: 'closed', message: 'not connected' }));
    const serial = ++lastSerial;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        resolve(err({ code: 'timeout', message: `no answer within ${Math.round(timeoutMs)} ms` }));
      }, timeoutMs);
      waiting.set(serial, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      const header = { program: REMOTE_PROGRAM, version: REMOTE_VERSION, procedure, serial };
      // What is asked in one go, such as the job of each VM, is sent in one go.
      if (socket.writableCorked === 0) {
        socket.cork();
        process.nextTick(() => socket.uncork());
      }
      socket.write(
        encodeFrame({ ...header, type: MESSAGE_TYPE.call, status: MESSAGE_STATUS.ok, payload }),
      );
    });
  };

  return {
    async call(procedure, args, timeoutMs) {
      const answer = await send(procedure.number, procedure.encode(args), timeoutMs);
      return answer.ok ? decodeReply(procedure, answer.value) : answer;
    },
    underWay: () => waiting.size,
    isOpen: () => open,
    close: () => end({ code: 'closed', message: 'closed by us' }),
    onEvent(listener) {
      tellEvent = listener;
    },
    onEnd(listener) {
      tellEnd = listener;
      if (!open) listener();
    },
  };
}

function decodeReply<A, R>(procedure: Procedure<A, R>, frame: Frame): Result<R, RpcError> {
  if (frame.status !== MESSAGE_STATUS.ok) {
    return err({ code: 'libvirt', message: decodeRemoteError(frame.payload) });
  }
  const value = decodeXdr(frame.payload, procedure.decode);
  if (value.ok) return value;
  return err({ code: 'protocol', message: `answer to ${procedure.name}: ${value.error.message}` });
}
