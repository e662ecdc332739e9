import { type FoundRecord, type SpoolRecord, scanRecords } from './record.ts';

/** Where a closed minute's record is in the spool. */
export interface Place {
  readonly segment: number;
  readonly offset: number;
  readonly bytes: number;
}

/** A closed minute as its record tells of it. */
export interface SpooledMinute {
  readonly id: number;
  readonly lastMs: number;
  readonly sampleCount: number;
  readonly freshCount: number;
  readonly place: Place;
}

/** What the spool's head says: how things stood when the first segment that is left was begun. */
export interface SpoolHead {
  readonly host: string;
  readonly firstSegment: number;
  /** Records up to this sequence number are in `dropped`. */
  readonly sequence: number;
  /** The total before the first segment; `undefined` if nobody knows, since the head was damaged. */
  readonly total: number | undefined;
  readonly nextId: number;
  readonly lastMs: number;
  /** Lost samples since the spool was made, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** Samples that should be in the spool and are not; `segment` is where the next record stands. */
export interface Gap {
  readonly segment: number;
  /** How far the total jumps. */
  readonly size: number;
  /** Of these, the ones that the server does not have. */
  readonly count: number;
}

/** The state that all records together give. */
export interface Replayed {
  /** Minutes that are still to be sent, in the order they were closed. */
  readonly waiting: readonly SpooledMinute[];
  /** Of every minute that was ever closed, among the segments that are left. */
  readonly closedIds: ReadonlySet<number>;
  readonly dropped: ReadonlyMap<string, number>;
  /** Open minutes whose interrupted sample has been counted already. */
  readonly countedInterruptions: ReadonlySet<number>;
  /** Losses that nobody has counted yet. */
  readonly gaps: readonly Gap[];
  readonly nextId: number;
  readonly nextSequence: number;
  readonly total: number;
  readonly lastMs: number;
  /** The total at the beginning of each segment. */
  readonly totalBefore: ReadonlyMap<number, number | undefined>;
}

/** Reasons that the spool itself counts losses under. */
export const DAMAGED = 'spool_damaged';
export const KILLED = 'agent_killed';

interface Hole {
  readonly segment: number;
  readonly size: number;
  readonly afterId: number;
  readonly beforeId: number;
}

/** A loss that was written down. */
type Loss = Omit<SpoolRecord, 'payload'> & { readonly reason: string };

/** Reads segments, oldest first, into the state they leave. Damaged records only leave gaps. */
export class Replay {
  readonly #head: SpoolHead;
  readonly #minutes = new Map<number, SpooledMinute>();
  /** How many fresh samples each minute had that is done with. */
  readonly #settled = new Map<number, number>();
  readonly #lost: Loss[] = [];
  readonly #totalBefore = new Map<number, number | undefined>();
  readonly #holes: Hole[] = [];
  #total: number | undefined;
  #sequence: number;
  #lastId: number;
  #lastMs: number;
  #segment: number;
  /** Damage after the last whole record. */
  #torn: { size: number; id: number } | undefined;

  constructor(head: SpoolHead) {
    this.#head = head;
    this.#total = head.total;
    this.#sequence = head.sequence;
    this.#lastId = head.nextId - 1;
    this.#lastMs = head.lastMs;
    this.#segment = head.firstSegment;
  }

  add(segment: number, bytes: Buffer): void {
    this.#totalBefore.set(segment, this.#total);
    this.#segment = segment;
    const { found, damage } = scanRecords(bytes);
    for (const one of found) this.#take(segment, one);
    const tail = damage.find(({ after }) => after === found.length);
    if (tail === undefined) return;
    const { header, kind } = tail;
    if (kind === 'stored' || kind === 'lost') this.#torn = { size: 0, id: 0 };
    else this.#torn = { size: Math.max(1, header?.freshCount ?? 1), id: header?.id ?? 0 };
  }

  /**
   * `openIds`: minutes that still have a log, so nothing of them is lost by a record that is cut;
   * `openTotal`: the total before them.
   */
  finish(openIds: ReadonlySet<number>, openTotal: number): Replayed {
    const closedIds = new Set([...this.#minutes.keys(), ...this.#settled.keys()]);
    if (openTotal > (this.#total ?? openTotal)) this.#endAt(openTotal);
    else this.#endTorn(openIds, closedIds);
    const dropped = new Map(Object.entries(this.#head.dropped));
    const countedInterruptions = new Set<number>();
    for (const { sequence, id, count, reason } of this.#lost) {
      if (reason === KILLED) countedInterruptions.add(id);
      if (sequence > this.#head.sequence) dropped.set(reason, (dropped.get(reason) ?? 0) + count);
    }
    return {
      waiting: [...this.#minutes.values()].filter(({ id }) => !this.#settled.has(id)),
      closedIds,
      dropped,
      countedInterruptions,
      gaps: this.#uncountedGaps(),
      nextId: Math.max(this.#lastId, ...openIds) + 1,
      nextSequence: this.#sequence + 1,
      total: this.#total ?? 0,
      lastMs: this.#lastMs,
      totalBefore: this.#totalBefore,
    };
  }

  #take(segment: number, { record, offset, bytes }: FoundRecord): void {
    const own = record.kind === 'minute' ? record.freshCount : 0;
    const isCopy = own > 0 && this.#minutes.has(record.id);
    const before = this.#total ?? record.total - own;
    const size = record.total - before - own;
    if (size > 0) {
      const beforeId = record.kind === 'minute' ? record.id : Number.POSITIVE_INFINITY;
      this.#holes.push({ segment, size, afterId: this.#lastId, beforeId });
    }
    this.#torn = undefined;
    this.#total = Math.max(before, record.total);
    this.#sequence = Math.max(this.#sequence, record.sequence);
    if (record.kind === 'stored') this.#settled.set(record.id, record.freshCount);
    if (record.kind === 'lost') {
      const { payload, ...rest } = record;
      const reason = Buffer.from(payload).toString('utf8');
      this.#lost.push({ ...rest, reason });
      if (record.id !== 0 && reason !== KILLED) this.#settled.set(record.id, record.freshCount);
    }
    if (record.kind !== 'minute' || isCopy) return;
    this.#lastId = Math.max(this.#lastId, record.id);
    this.#lastMs = Math.max(this.#lastMs, record.timestampMs);
    this.#minutes.set(record.id, {
      id: record.id,
      lastMs: record.timestampMs,
      sampleCount: record.count,
      freshCount: record.freshCount,
      place: { segment, offset, bytes },
    });
  }

  /** Nothing follows what is cut, so how much it was is only known from its own header. */
  #endTorn(openIds: ReadonlySet<number>, closedIds: ReadonlySet<number>): void {
    const torn = this.#torn;
    if (torn === undefined || torn.size === 0) return;
    const stillOpen = torn.id === 0 ? openIds.size > 0 : openIds.has(torn.id);
    if (stillOpen || closedIds.has(torn.id)) return;
    this.#endAt((this.#total ?? 0) + torn.size);
  }

  /** Up to a total there is no record. */
  #endAt(total: number): void {
    // It will show where the next record stands: in the segment that is begun after damage.
    const hole = { segment: this.#segment + 1, size: total - (this.#total ?? total) };
    this.#holes.push({ ...hole, afterId: this.#lastId, beforeId: Number.POSITIVE_INFINITY });
    this.#total = total;
  }

  #uncountedGaps(): readonly Gap[] {
    const bySegment = new Map<number, { size: number; count: number }>();
    for (const { segment, size, afterId, beforeId } of this.#holes) {
      let count = size;
      for (const [id, fresh] of this.#settled) {
        if (id > afterId && id < beforeId && !this.#minutes.has(id)) count -= fresh;
      }
      const gap = bySegment.get(segment) ?? { size: 0, count: 0 };
      gap.size += size;
      gap.count += Math.max(0, count);
      bySegment.set(segment, gap);
    }
    for (const record of this.#lost) {
      const gap = bySegment.get(record.timestampMs);
      if (gap === undefined || record.reason !== DAMAGED || record.id !== 0) continue;
      gap.size -= record.freshCount;
      gap.count -= record.count;
    }
    return [...bySegment]
      .filter(([, { size }]) => size > 0)
      .map(([segment, { size, count }]) => ({ segment, size, count: Math.max(0, count) }));
  }
}
