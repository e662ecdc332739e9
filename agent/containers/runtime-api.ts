import * as v from 'valibot';
import { err, ok, type Result } from '../../core/result.ts';
import { getFromSocket, type SocketError } from './socket-request.ts';

/** A container as the list of its runtime shows it. */
export interface ListedContainer {
  readonly fullId: string;
  readonly name: string;
  readonly image: string;
  /** `created`, `running`, `paused`, `restarting`, `exited`, `dead` ... */
  readonly state: string;
}

/** What only a question about the one container tells. Times in ms since 1970, 0 for never. */
export interface InspectedContainer {
  readonly exitCode: number;
  readonly oomKilled: boolean;
  readonly restarts: number;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
}

/** Whether a runtime remembers that someone asked a container to end. */
export type WasStopped = 'yes' | 'no' | 'unknown';

const ListSchema = v.array(
  v.looseObject({
    Id: v.string(),
    Names: v.nullish(v.array(v.string()), []),
    Image: v.optional(v.string(), ''),
    State: v.string(),
  }),
);

const InspectSchema = v.looseObject({
  RestartCount: v.optional(v.number(), 0),
  State: v.looseObject({
    ExitCode: v.optional(v.number(), 0),
    OOMKilled: v.optional(v.boolean(), false),
    StartedAt: v.optional(v.string(), ''),
    FinishedAt: v.optional(v.string(), ''),
  }),
});

const EventSchema = v.looseObject({
  Action: v.optional(v.string(), ''),
  Actor: v.optional(
    v.looseObject({ Attributes: v.nullish(v.record(v.string(), v.unknown()), {}) }),
    {},
  ),
});

/** Signals with which one ends a container: hang-up or user signals mean something else to it. */
const ENDING_SIGNALS = new Set([
  '',
  '2',
  '3',
  '9',
  '15',
  'SIGINT',
  'SIGQUIT',
  'SIGKILL',
  'SIGTERM',
]);

/** The questions to one runtime, in Docker's API (which Podman has too), through its socket. */
export class RuntimeApi {
  readonly runtime: 'docker' | 'podman';
  readonly socketPath: string;

  constructor(runtime: 'docker' | 'podman', socketPath: string) {
    this.runtime = runtime;
    this.socketPath = socketPath;
  }

  get #remembersStops(): boolean {
    return this.runtime === 'docker';
  }

  /** All containers, ended ones too. */
  async list(withinMs: number): Promise<Result<readonly ListedContainer[], SocketError>> {
    const listed = await this.#get('/containers/json?all=1', ListSchema, withinMs);
    if (!listed.ok) return listed;
    return ok(
      listed.value.map(({ Id, Names, Image, State }) => ({
        fullId: Id,
        name: (Names?.[0] ?? '').replace(/^\//, '') || Id.slice(0, 12),
        image: Image,
        state: State.toLowerCase(),
      })),
    );
  }

  async inspect(
    fullId: string,
    withinMs: number,
  ): Promise<Result<InspectedContainer, SocketError>> {
    const read = await this.#get(`/containers/${fullId}/json`, InspectSchema, withinMs);
    if (!read.ok) return read;
    const { RestartCount, State } = read.value;
    return ok({
      exitCode: State.ExitCode,
      oomKilled: State.OOMKilled,
      restarts: RestartCount,
      startedAtMs: timeOf(State.StartedAt),
      finishedAtMs: timeOf(State.FinishedAt),
    });
  }

  /**
   * Did someone ask this container to end between these times? `toMs` must not lie in the future: the
   * runtime would wait for it. `unknown` where the runtime has forgotten, or never knew: Docker keeps
   * its last 256 events, and Podman does not note who ended a container.
   */
  async wasStopped(
    fullId: string,
    fromMs: number,
    toMs: number,
    withinMs: number,
  ): Promise<Result<WasStopped, SocketError>> {
    if (!this.#remembersStops) return ok('unknown');
    const filters = JSON.stringify({ container: [fullId], event: ['die', 'kill', 'stop'] });
    const query = new URLSearchParams({
      since: (fromMs / 1000).toFixed(3),
      until: (toMs / 1000).toFixed(3),
      filters,
    });
    const body = await getFromSocket(this.socketPath, `/events?${query}`, withinMs);
    if (!body.ok) return body;
    const kinds = body.value.split('\n').map(kindOfEvent);
    if (kinds.includes('stop')) return ok('yes');
    return ok(kinds.includes('end') ? 'no' : 'unknown');
  }

  async #get<T>(
    path: string,
    schema: v.GenericSchema<unknown, T>,
    withinMs: number,
  ): Promise<Result<T, SocketError>> {
    const body = await getFromSocket(this.socketPath, path, withinMs);
    if (!body.ok) return body;
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), body.value);
    if (parsed.success) return ok(parsed.output);
    const where = v.getDotPath(parsed.issues[0]) ?? '';
    const message = `${this.socketPath}: ${path}: unexpected answer: ${where} ${parsed.issues[0].message}`;
    return err({ code: 'failed', message });
  }
}

/** `stop`: someone wants it to end; `end`: it has. */
function kindOfEvent(line: string): 'stop' | 'end' | undefined {
  if (line.trim() === '') return undefined;
  const event = v.safeParse(v.pipe(v.string(), v.parseJson(), EventSchema), line);
  if (!event.success) return undefined;
  const { Action, Actor } = event.output;
  if (Action === 'die') return 'end';
  if (Action === 'stop') return 'stop';
  const signal = String(Actor.Attributes?.['signal'] ?? '');
  return Action === 'kill' && ENDING_SIGNALS.has(signal) ? 'stop' : undefined;
}

/** Never is the year 1 in Docker's answers; 0 for that and for what is no time. */
function timeOf(text: string): number {
  const ms = Date.parse(text);
  return Number.isNaN(ms) || ms < 0 ? 0 : ms;
}
