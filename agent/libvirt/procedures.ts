import { type XdrReader, XdrWriter } from './xdr.ts';

/*
 * The few calls of libvirt's remote protocol the agent makes, all of them allowed on a read-only
 * connection. Numbers, types and bounds are those of libvirt's remote_protocol.x; they never change,
 * since old clients speak to new daemons.
 */
const STRING_MAX_BYTES = 4 << 20; // REMOTE_STRING_MAX
const DOMAIN_MAX_COUNT = 16384; // REMOTE_DOMAIN_LIST_MAX
const PARAM_MAX_COUNT = 65536; // above REMOTE_CONNECT_GET_ALL_DOMAIN_STATS_MAX, 4096 in libvirt 9: vCPUs multiply them
const AUTH_MAX_COUNT = 20; // REMOTE_AUTH_TYPE_LIST_MAX
const UUID_BYTES = 16;

export interface Procedure<A, R> {
  readonly name: string;
  readonly number: number;
  readonly encode: (args: A) => Buffer;
  readonly decode: (reader: XdrReader) => R;
}

/** A VM as the protocol names it. */
export interface DomainRef {
  readonly name: string;
  /** In lower case with dashes. Stays over restarts, renames and migrations. */
  readonly uuid: string;
  /** Of this run of the VM: another after each start; -1 while it is off. */
  readonly id: number;
}

export type TypedParams = ReadonlyMap<string, number | string>;

export interface DomainRecord {
  readonly domain: DomainRef;
  /** Field names such as `block.0.rd.bytes`. */
  readonly params: TypedParams;
}

export const AUTH_TYPE = { none: 0, sasl: 1, polkit: 2 } as const;

export const AUTH_LIST: Procedure<void, number[]> = {
  name: 'authList',
  number: 66,
  encode: () => Buffer.alloc(0),
  decode: (reader) => reader.array(AUTH_MAX_COUNT, (r) => r.int()),
};

/** Asks polkit, which by default lets everybody read. */
export const AUTH_POLKIT: Procedure<void, number> = {
  name: 'authPolkit',
  number: 70,
  encode: () => Buffer.alloc(0),
  decode: (reader) => reader.int(),
};

export const OPEN_READ_ONLY = 1; // VIR_CONNECT_RO

export const CONNECT_OPEN: Procedure<{ uri: string; flags: number }, undefined> = {
  name: 'connectOpen',
  number: 1,
  encode: ({ uri, flags }) => new XdrWriter().int(1).string(uri).uint(flags).bytes(),
  decode: () => undefined,
};

/** Groups of statistics (VIR_DOMAIN_STATS_*). */
export const STATS_GROUP = {
  state: 1,
  cpuTotal: 2,
  balloon: 4,
  vcpu: 8,
  interface: 16,
  block: 32,
} as const;

/** Leave out what needs the VM's job lock where another call holds that (since libvirt 4.5). */
export const STATS_NO_WAIT = 1 << 29; // VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT

interface StatsQuestion {
  readonly groups: number;
  readonly flags: number;
  /** All VMs, running or not, where it is left out. */
  readonly domains?: readonly DomainRef[];
}

/** Statistics of many VMs. */
export const ALL_DOMAIN_STATS: Procedure<StatsQuestion, DomainRecord[]> = {
  name: 'connectGetAllDomainStats',
  number: 344,
  // An empty list of domains means all of them.
  encode: ({ groups, flags, domains = [] }) => {
    const writer = new XdrWriter().uint(domains.length);
    for (const domain of domains) writeDomain(writer, domain);
    return writer.uint(groups).uint(flags).bytes();
  },
  decode: (reader) =>
    reader.array(DOMAIN_MAX_COUNT, (r) => ({ domain: readDomain(r), params: readParams(r) })),
};

/** What libvirt's end of a VM's monitor is doing (VIR_DOMAIN_CONTROL_*). */
export const CONTROL_STATE = { ok: 0, job: 1, occupied: 2, error: 3 } as const;

export interface ControlInfo {
  /** One of `CONTROL_STATE`: `occupied` while a command to the VM's process awaits its answer. */
  readonly state: number;
  /** How long it has been so. */
  readonly stateMs: number;
}

/** Needs neither the VM's job lock nor its process, so it answers while that hangs. */
export const DOMAIN_CONTROL_INFO: Procedure<DomainRef, ControlInfo> = {
  name: 'domainGetControlInfo',
  number: 229,
  encode: (domain) => writeDomain(new XdrWriter(), domain).uint(0).bytes(),
  decode: (reader) => {
    const state = reader.uint();
    reader.uint(); // details of an error
    return { state, stateMs: reader.uhyper() };
  },
};

/** Types of a job that is under way (virDomainJobType): whether its end can be foreseen. */
export const JOB_TYPE = { bounded: 1, unbounded: 2 } as const;

export interface JobStats {
  /** One of `JOB_TYPE`; 0 for none, more for one that has ended. */
  readonly type: number;
  /** `operation` says what it is for; how far it is, in bytes, follows. */
  readonly params: TypedParams;
}

/**
 * The job libvirt runs on a VM now. Waits for the VM's job lock, and for its process while a
 * migration or a backup runs. Refused of a VM that is off, and of one that is being received.
 */
export const DOMAIN_JOB_STATS: Procedure<DomainRef, JobStats> = {
  name: 'domainGetJobStats',
  number: 298,
  encode: (domain) => writeDomain(new XdrWriter(), domain).uint(0).bytes(),
  decode: (reader) => ({ type: reader.int(), params: readParams(reader) }),
};

/** Kinds of event that may be asked for (virDomainEventID): starts, stops, pauses, crashes. */
export const EVENT_LIFECYCLE = 0; // VIR_DOMAIN_EVENT_ID_LIFECYCLE

/** Asks libvirt to tell of the events of a kind, of all VMs, on this connection until it ends. */
export const REGISTER_EVENTS: Procedure<{ eventId: number }, number> = {
  name: 'connectDomainEventCallbackRegisterAny',
  number: 316,
  // No domain means all of them.
  encode: ({ eventId }) => new XdrWriter().int(eventId).uint(0).bytes(),
  decode: (reader) => reader.int(),
};

/** What has become of a VM. */
export interface LifecycleEvent {
  readonly domain: DomainRef;
  /** virDomainEventType, such as 5 for stopped. */
  readonly event: number;
  /** Why; numbered for each type anew. */
  readonly detail: number;
}

/** The message that libvirt sends by itself for `EVENT_LIFECYCLE`. */
export const LIFECYCLE_MESSAGE = {
  number: 318,
  decode: (reader: XdrReader): LifecycleEvent => {
    reader.int(); // of which registration
    return { domain: readDomain(reader), event: reader.int(), detail: reader.int() };
  },
} as const;

function writeDomain(writer: XdrWriter, { name, uuid, id }: DomainRef): XdrWriter {
  const bytes = Buffer.from(uuid.replaceAll('-', ''), 'hex');
  return writer.string(name).fixedOpaque(bytes).int(id);
}

function readDomain(reader: XdrReader): DomainRef {
  const name = reader.string(STRING_MAX_BYTES);
  const hex = reader.fixedOpaque(UUID_BYTES).toString('hex');
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { name, uuid, id: reader.int() };
}

function readParams(reader: XdrReader): TypedParams {
  const params = new Map<string, number | string>();
  for (let left = reader.arrayLength(PARAM_MAX_COUNT); left > 0; left--) {
    const name = reader.string(STRING_MAX_BYTES);
    params.set(name, readValue(reader));
  }
  return params;
}

/** The tags of virTypedParameterType. */
function readValue(reader: XdrReader): number | string {
  const type = reader.int();
  switch (type) {
    case 1:
      return reader.int();
    case 2:
      return reader.uint();
    case 3:
      return reader.hyper();
    case 4:
      return reader.uhyper();
    case 5:
      return reader.double();
    case 6:
      return reader.int(); // a boolean, which this one type spells as an int
    case 7:
      return reader.string(STRING_MAX_BYTES);
    default:
      return reader.reject(`a parameter of type ${type}`);
  }
}
