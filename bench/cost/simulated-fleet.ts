import { mock } from 'node:test';
import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import { CHUNK_MEDIA_TYPE } from '../../core/chunk/format.ts';
import { MINUTE_MS, minuteStartMs } from '../../core/host-minute.ts';
import { HOUR_MS } from '../../core/time.ts';
import { createHandler as createApi } from '../../functions/api/handler.ts';
import { createHandler as createCompact } from '../../functions/compact/handler.ts';
import { createHandler as createEvaluate } from '../../functions/evaluate/handler.ts';
import { heartbeatLine } from '../../functions/evaluate/heartbeat.ts';
import { tickFacts } from '../../functions/evaluate/tick-facts.ts';
import { createHandler as createIngest } from '../../functions/ingest/handler.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { ensureTable } from '../../functions/store/create-table.ts';
import { openTable, type Table } from '../../functions/store/dynamo.ts';
import { addHostKey } from '../../functions/store/host-keys.ts';
import { LOCAL_TOPICS } from '../../infra/local/local-topics.ts';
import type { Meter } from './meter.ts';
import type { FleetShape, Work } from './traffic.ts';
import { SimulatedHost } from './workload.ts';

/** A batch is stored so long after its minute: its last sample, a post over the Internet. */
const POST_MS = 1000;
/** As the stack's schedule has it. */
const COMPACT_AT_MINUTE = 12;
/** CloudWatch counts so much more for each line. */
const LOG_LINE_OVERHEAD_BYTES = 26;
/** Hosts that no rule may miss at the first tick: they begin with the world. */
const TABLE = 'cost';

interface Member {
  readonly host: SimulatedHost;
  readonly key: string;
}

/** What was seen of one call of the API. */
export interface Answer {
  readonly used: Work;
  readonly responseBytes: number;
}

/**
 * A fleet that posts to the real functions by a clock of its own: this process' `Date` stands where the
 * simulation stands until `close`.
 */
export class SimulatedFleet {
  readonly table: Table;
  readonly hosts: readonly SimulatedHost[];
  readonly batches: Work[] = [];
  readonly ticks: Work[] = [];
  readonly compactions: Work[] = [];
  readonly chunkBytes: number[] = [];
  readonly logBytes: number[] = [];
  /** Lines of what ticks and compactions found wrong. */
  readonly errors = new Set<string>();
  /** Alerts that fired at the last tick. */
  firing = 0;
  published = 0;
  receiptBytes = 0;
  sampleCount = 0;
  readonly #members: readonly Member[];
  readonly #meter: Meter;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #ingest: (event: LambdaFunctionURLEvent) => Promise<LambdaFunctionURLResult>;
  readonly #compact: ReturnType<typeof createCompact>;
  #evaluate: ReturnType<typeof createEvaluate>;
  #minute: number;

  private constructor(
    table: Table,
    members: readonly Member[],
    meter: Meter,
    environment: Readonly<Record<string, string>>,
    startMs: number,
  ) {
    this.table = table;
    this.#members = members;
    this.hosts = members.map(({ host }) => host);
    this.#meter = meter;
    this.#environment = environment;
    this.#ingest = createIngest(environment);
    this.#compact = createCompact(environment);
    this.#evaluate = createEvaluate(environment);
    this.#minute = startMs / MINUTE_MS;
  }

  /** Hosts with keys of their own, in an empty table of this name behind the endpoint. */
  static async open(
    endpoints: { readonly table: string; readonly sns: string },
    shape: FleetShape,
    startMs: number,
    meter: Meter,
  ): Promise<SimulatedFleet> {
    mock.timers.enable({ apis: ['Date'], now: startMs });
    const tableName = `${TABLE}-${shape.hosts}-${shape.vmsPerHost}`;
    const table = openTable({ tableName, endpoint: endpoints.table });
    await ensureTable(table);
    const members: Member[] = [];
    for (let index = 0; index < shape.hosts; index++) {
      const host = new SimulatedHost(index, shape);
      members.push({ host, key: await addHostKey(table, host.name, startMs) });
    }
    const environment = {
      TABLE_NAME: tableName,
      DYNAMODB_ENDPOINT: endpoints.table,
      SNS_ENDPOINT: endpoints.sns,
      RULES_DIR: 'rules',
      DEPLOYMENT: 'Hypervigil',
      ...LOCAL_TOPICS,
    };
    return new SimulatedFleet(table, members, meter, environment, startMs);
  }

  get nowMs(): number {
    return this.#minute * MINUTE_MS;
  }

  /** Goes on for some minutes; without ticks where only what is in the table matters. */
  async run(minutes: number, withTicks = true): Promise<void> {
    for (let i = 0; i < minutes; i++) {
      if (withTicks) await this.tick();
      if (this.#minute % (HOUR_MS / MINUTE_MS) === COMPACT_AT_MINUTE) await this.#compactNow();
      await this.#post();
      this.#minute++;
    }
  }

  async tick(): Promise<Work> {
    const dueMs = this.nowMs;
    // The scheduler's and Lambda's own time.
    mock.timers.setTime(dueMs + 200);
    const { result, used } = await this.#meter.measure(() => this.#evaluate(dueMs));
    for (const error of result.errors) this.errors.add(error);
    this.firing = result.firing.length;
    this.published += result.published.length;
    const facts = tickFacts(result, {
      scheduledMs: dueMs,
      storedMs: undefined,
      startMs: dueMs + 200,
      endMs: this.nowMs,
    });
    const line = heartbeatLine(result, facts, { deployment: 'Hypervigil', nowMs: dueMs });
    const lines = [...(line === undefined ? [] : [line]), ...result.errors];
    this.logBytes.push(
      lines.reduce((sum, { length }) => sum + length + LOG_LINE_OVERHEAD_BYTES, 0),
    );
    this.ticks.push(used);
    return used;
  }

  /** The next tick is that of a function which has just started. */
  restartEvaluator(): void {
    this.#evaluate = createEvaluate(this.#environment);
  }

  /** A function that answers queries, as it has just started, and a token for it. */
  async openApi(): Promise<(path: string, params: Record<string, string>) => Promise<Answer>> {
    const token = await addApiToken(this.table, 'cost', this.nowMs);
    const api = createApi(this.#environment);
    return async (path, params) => {
      const event = requestEvent('GET', path, {
        authorization: `Bearer ${token}`,
        'accept-encoding': 'gzip',
      });
      const rawQueryString = new URLSearchParams(params).toString();
      const { result, used } = await this.#meter.measure(() => api({ ...event, rawQueryString }));
      if (typeof result === 'string' || result.statusCode !== 200)
        throw new Error(`${path} ${rawQueryString}: ${JSON.stringify(result).slice(0, 300)}`);
      return { used, responseBytes: sizeOf(result) };
    };
  }

  close(): void {
    mock.timers.reset();
    this.table.client.destroy();
  }

  async #compactNow(): Promise<void> {
    mock.timers.setTime(this.nowMs + 500);
    const { result, used } = await this.#meter.measure(() => this.#compact());
    for (const error of result.flatMap(({ errors }) => errors)) this.errors.add(error);
    this.compactions.push(used);
  }

  /** Each host posts the minute that ended within this one, in the order of their phases. */
  async #post(): Promise<void> {
    const ended = this.#minute - 1;
    const postMs = ({ host }: Member) => minuteStartMs(host.name, ended) + MINUTE_MS + POST_MS;
    for (const member of this.#members.toSorted((a, b) => postMs(a) - postMs(b))) {
      const { bytes, sampleCount } = member.host.batch(ended);
      const event = {
        ...requestEvent('POST', '/v1/batches', {
          authorization: `Bearer ${member.key}`,
          'content-type': CHUNK_MEDIA_TYPE,
        }),
        body: Buffer.from(bytes).toString('base64'),
        isBase64Encoded: true,
      };
      mock.timers.setTime(Math.max(Date.now(), postMs(member)));
      const { result, used } = await this.#meter.measure(() => this.#ingest(event));
      if (typeof result === 'string' || result.statusCode !== 200)
        throw new Error(`${member.host.name}: ${JSON.stringify(result)}`);
      this.batches.push(used);
      this.chunkBytes.push(bytes.length);
      this.receiptBytes = sizeOf(result);
      this.sampleCount = sampleCount;
    }
  }
}

/** What an answer is on the wire: its body, its headers, and those of a Function URL (some 250 bytes). */
function sizeOf({
  body = '',
  isBase64Encoded,
  headers,
}: Exclude<LambdaFunctionURLResult, string>): number {
  const bodyBytes = Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8');
  return bodyBytes + JSON.stringify(headers ?? {}).length + 250;
}

function requestEvent(
  method: string,
  path: string,
  headers: Record<string, string>,
): LambdaFunctionURLEvent {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers,
    requestContext: {
      accountId: 'anonymous',
      apiId: 'cost',
      domainName: 'cost.lambda-url.us-east-1.on.aws',
      domainPrefix: 'cost',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'cost' },
      requestId: 'cost',
      routeKey: '$default',
      stage: '$default',
      time: '',
      timeEpoch: 0,
    },
    isBase64Encoded: false,
  };
}
