import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  encodeFrame,
  type Frame,
  FrameSplitter,
  MESSAGE_STATUS,
  MESSAGE_TYPE,
  REMOTE_PROGRAM,
  REMOTE_VERSION,
} from '../../../agent/libvirt/frame.ts';
import {
  ALL_DOMAIN_STATS,
  AUTH_LIST,
  AUTH_POLKIT,
  CONNECT_OPEN,
  CONTROL_STATE,
  DOMAIN_CONTROL_INFO,
  DOMAIN_JOB_STATS,
  type DomainRecord,
  type DomainRef,
  LIFECYCLE_MESSAGE,
  REGISTER_EVENTS,
  STATS_GROUP,
  STATS_NO_WAIT,
} from '../../../agent/libvirt/procedures.ts';
import { XdrWriter } from '../../../agent/libvirt/xdr.ts';

/** A call a test may answer in its own way, or not at all. */
export interface Call {
  readonly procedure: number;
  readonly payload: Buffer;
  readonly socket: Socket;
  ok(payload: Buffer): void;
  error(message: string): void;
}

/** A VM of the fake. A hung one blocks the calls that reach it, as a real one does. */
export interface FakeVm {
  readonly record: DomainRecord;
  hung: boolean;
  /** Number of the operation libvirt is at (virDomainJobOperation), if it is at any. */
  job?: number;
  /** Whether its job keeps the job lock, as a snapshot's does and that of a VM being received. */
  locked?: boolean;
  /** How many more questions find its lock taken for a moment by somebody else. */
  busyFor?: number;
}

/**
 * Speaks libvirt's protocol on a unix socket. Calls are answered as libvirtd answers them, job locks
 * of hung VMs included, but for those that `answer` takes (by returning true).
 */
export class FakeLibvirtd {
  readonly path: string;
  vms: FakeVm[] = [];
  answer: (call: Call) => boolean = () => false;
  authTypes: number[] = [0];
  /** For how long hung VMs have left a command unanswered, as control info tells it. */
  occupiedMs = 60_000;
  /** Calls of each kind so far. */
  readonly calls = new Map<number, number>();
  readonly #server = createServer((socket) => this.#serve(socket));
  readonly #sockets = new Set<Socket>();
  /** Connections that asked to be told of events. */
  readonly #listeners = new Set<Socket>();
  /** By VM: the calls its hanging blocks. The first holds its job lock. */
  readonly #blocked = new Map<FakeVm, (() => void)[]>();

  private constructor(path: string) {
    this.path = path;
  }

  static async start(vms: FakeVm[] = []): Promise<FakeLibvirtd> {
    const folder = await mkdtemp(join(tmpdir(), 'libvirtd-'));
    const fake = new FakeLibvirtd(join(folder, 'sock'));
    fake.vms = vms;
    await fake.listen();
    return fake;
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(this.path, resolve));
  }

  /** Ends it as a stop of the daemon does: connections and the socket go. */
  stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#blocked.clear();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(join(this.path, '..'), { recursive: true, force: true });
  }

  /** Tells who asked for it that something became of a VM: numbers of virDomainEventType and its detail. */
  tellEvent(vm: string, event: number, detail: number): void {
    const { record } = fakeVm(vm);
    const { name, id } = record.domain;
    const writer = new XdrWriter().int(0).string(name).fixedOpaque(uuidBytes(record.domain));
    const header = { program: REMOTE_PROGRAM, version: REMOTE_VERSION, serial: 0 };
    const frame = encodeFrame({
      ...header,
      procedure: LIFECYCLE_MESSAGE.number,
      type: MESSAGE_TYPE.event,
      status: MESSAGE_STATUS.ok,
      payload: writer.int(id).int(event).int(detail).bytes(),
    });
    for (const socket of this.#listeners) if (!socket.destroyed) socket.write(frame);
  }

  /** Calls that hang now: each holds a worker of libvirtd. */
  blockedCount(): number {
    return [...this.#blocked.values()].reduce((sum, calls) => sum + calls.length, 0);
  }

  /** Lets a VM go on that was hung, or whose job held its lock. */
  unhang(vm: FakeVm): void {
    vm.hung = false;
    vm.locked = false;
    const calls = this.#blocked.get(vm) ?? [];
    this.#blocked.delete(vm);
    for (const goOn of calls) goOn();
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    const splitter = new FrameSplitter();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk) => {
      for (const frame of splitter.push(chunk)) this.#handle(socket, frame);
    });
  }

  #handle(socket: Socket, { payload, ...header }: Frame): void {
    const { procedure } = header;
    this.calls.set(procedure, (this.calls.get(procedure) ?? 0) + 1);
    const reply = (status: number, bytes: Buffer): void => {
      if (socket.destroyed) return;
      socket.write(encodeFrame({ ...header, type: MESSAGE_TYPE.reply, status, payload: bytes }));
    };
    const call: Call = {
      procedure,
      payload,
      socket,
      ok: (bytes) => reply(MESSAGE_STATUS.ok, bytes),
      error: (message) => reply(MESSAGE_STATUS.error, encodeError(message)),
    };
    if (!this.answer(call)) this.#answerAsLibvirt(call);
  }

  #answerAsLibvirt(call: Call): void {
    switch (call.procedure) {
      case AUTH_LIST.number:
        call.ok(encodeInts(this.authTypes));
        break;
      case AUTH_POLKIT.number:
        call.ok(new XdrWriter().int(1).bytes());
        break;
      case CONNECT_OPEN.number:
        call.ok(Buffer.alloc(0));
        break;
      case REGISTER_EVENTS.number:
        this.#listeners.add(call.socket);
        call.ok(new XdrWriter().int(0).bytes());
        break;
      case DOMAIN_CONTROL_INFO.number:
        call.ok(this.#controlInfo(call.payload));
        break;
      case DOMAIN_JOB_STATS.number:
        this.#jobStats(call);
        break;
      case ALL_DOMAIN_STATS.number: {
        const { payload } = call;
        const groups = payload.readUInt32BE(payload.length - 8);
        const flags = payload.readUInt32BE(payload.length - 4);
        const isOfAll = payload.readUInt32BE(0) === 0;
        const vms = this.vms.filter(
          ({ record }) => isOfAll || payload.includes(uuidBytes(record.domain)),
        );
        this.#walk(call, vms, { groups, noWait: (flags & STATS_NO_WAIT) !== 0 }, []);
        break;
      }
      default:
        call.error(`unknown procedure: ${call.procedure}`);
    }
  }

  /** One VM after the other, as libvirtd does; a hung one stops it there. */
  #walk(
    call: Call,
    [vm, ...rest]: readonly FakeVm[],
    how: { readonly groups: number; readonly noWait: boolean },
    done: readonly DomainRecord[],
  ): void {
    if (vm === undefined) {
      call.ok(encodeRecords(done));
      return;
    }
    const goOn = (record: DomainRecord): void => this.#walk(call, rest, how, [...done, record]);
    const blocked = this.#blocked.get(vm);
    const isLocked = blocked !== undefined || vm.locked === true;
    const isBusy = how.noWait && (vm.busyFor ?? 0) > 0;
    if (isBusy) vm.busyFor = (vm.busyFor ?? 0) - 1;
    if (how.groups === STATS_GROUP.state || isBusy || (how.noWait && isLocked)) {
      goOn({ domain: vm.record.domain, params: stateOf(vm.record) });
    } else if (vm.hung || isLocked) {
      this.#blocked.set(vm, [...(blocked ?? []), () => goOn(vm.record)]);
    } else {
      goOn(vm.record);
    }
  }

  #controlInfo(payload: Buffer): Buffer {
    const vm = this.#named(payload);
    const waits = vm !== undefined && this.#blocked.has(vm);
    // While a job runs, libvirt says so instead of how long the process is silent.
    const busy = vm?.job === undefined ? CONTROL_STATE.occupied : CONTROL_STATE.job;
    const occupied = waits && (vm.hung || vm.job !== undefined);
    const state = occupied ? busy : CONTROL_STATE.ok;
    return new XdrWriter()
      .uint(state)
      .uint(0)
      .uhyper(occupied ? this.occupiedMs : 0)
      .bytes();
  }

  /** Waits for a hung VM only during a job of it. */
  #jobStats(call: Call): void {
    const vm = this.#named(call.payload);
    if (vm === undefined || vm.record.params.get('state.state') === 5) {
      call.error('Requested operation is not valid: domain is not running');
    } else if (vm.locked || (vm.hung && vm.job !== undefined)) {
      this.#blocked.set(vm, [...(this.#blocked.get(vm) ?? []), () => this.#jobStats(call)]);
    } else if (vm.job === undefined) {
      call.ok(new XdrWriter().int(0).uint(0).bytes());
    } else {
      const operation = new XdrWriter().uint(1).string('operation').int(1).int(vm.job).bytes();
      call.ok(Buffer.concat([new XdrWriter().int(2).bytes(), operation]));
    }
  }

  #named(payload: Buffer): FakeVm | undefined {
    return this.vms.find(({ record }) => payload.includes(uuidBytes(record.domain)));
  }
}

/** A VM of that name with these parameters, running if they say nothing else. */
export function fakeVm(
  name: string,
  params: Readonly<Record<string, number | string>> = {},
  id = 1,
): FakeVm {
  const uuid = `00000000-0000-4000-8000-${Buffer.from(name).toString('hex').padStart(12, '0')}`;
  const running = { 'state.state': 1, 'state.reason': 1, 'vcpu.current': 1, 'vcpu.maximum': 1 };
  const answered = { 'cpu.time': 1e9, 'balloon.rss': 1000 };
  const all = new Map(Object.entries({ ...running, ...answered, ...params }));
  return { record: { domain: { name, uuid, id }, params: all }, hung: false };
}

export function encodeRecords(records: readonly DomainRecord[]): Buffer {
  const writer = new XdrWriter().uint(records.length);
  for (const { domain, params } of records) {
    writer.string(domain.name).fixedOpaque(uuidBytes(domain)).int(domain.id).uint(params.size);
    for (const [field, value] of params) {
      writer.string(field);
      if (typeof value === 'string') writer.int(7).string(value);
      else if (isCount(value)) writer.int(4).uhyper(value);
      else writer.int(5).double(value);
    }
  }
  return writer.bytes();
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0);
}

function encodeInts(values: readonly number[]): Buffer {
  const writer = new XdrWriter().uint(values.length);
  for (const value of values) writer.int(value);
  return writer.bytes();
}

/** An error as libvirt encodes it: code, domain, message, level, and seven fields left empty. */
function encodeError(message: string): Buffer {
  const writer = new XdrWriter().int(38).int(7).int(1).string(message).int(2);
  for (let i = 0; i < 7; i++) writer.int(0);
  return writer.bytes();
}

function uuidBytes(domain: DomainRef): Buffer {
  return Buffer.from(domain.uuid.replaceAll('-', ''), 'hex');
}

function stateOf({ params }: DomainRecord): ReadonlyMap<string, number | string> {
  return new Map([...params].filter(([field]) => field.startsWith('state.')));
}
