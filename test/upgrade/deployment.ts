import { encodeChunk } from '../../core/chunk/encode.ts';
import { CHUNK_MEDIA_TYPE } from '../../core/chunk/format.ts';
import { minuteOf, minuteStartMs } from '../../core/host-minute.ts';
import { createHandler as createApi } from '../../functions/api/handler.ts';
import { createHandler as createCompactor } from '../../functions/compact/handler.ts';
import { createHandler as createEnrolment } from '../../functions/enroll/handler.ts';
import { createHandler as createEvaluator } from '../../functions/evaluate/handler.ts';
import { createHandler as createIngest } from '../../functions/ingest/handler.ts';
import { apiEvent, encode, type Params } from '../api/fixture.ts';
import { startTable, type TestTable } from '../functions/table.ts';
import type { Target } from '../notify/target.ts';
import { type Fixture, fillTable } from './fixture.ts';
import { keyHashOf } from './play.ts';
import { answered, environmentOf, postEvent, seriesOf, startSns, subjects } from './scene.ts';

/** Today's functions over a table that earlier ones left, all of them cold. */
export class Deployment {
  readonly store: TestTable;
  readonly #fixture: Fixture;
  readonly #sns: Target;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #ingest: ReturnType<typeof createIngest>;
  readonly #evaluator: ReturnType<typeof createEvaluator>;
  readonly #api: ReturnType<typeof createApi>;

  static async over(fixture: Fixture): Promise<Deployment> {
    const store = await startTable();
    await fillTable(store.table, fixture);
    return new Deployment(store, fixture, await startSns());
  }

  private constructor(store: TestTable, fixture: Fixture, sns: Target) {
    this.store = store;
    this.#fixture = fixture;
    this.#sns = sns;
    const endpoint = store.environment['DYNAMODB_ENDPOINT'] ?? '';
    this.#environment = environmentOf(endpoint, sns, 'test/upgrade/rules');
    this.#ingest = createIngest(this.#environment);
    this.#evaluator = createEvaluator(this.#environment);
    this.#api = createApi(this.#environment);
  }

  /** Subjects of what was told since this was asked last. */
  told(): string[] {
    const all = subjects(this.#sns);
    this.#sns.seen.length = 0;
    return all;
  }

  /** Posts the minute of a host in which a time lies. */
  async post(host: string, atMs: number, load?: number): Promise<{ status: number; body: string }> {
    const minute = minuteOf(host, atMs);
    return this.postBytes(host, encodeChunk(seriesOf(host, minute, load)));
  }

  async postBytes(host: string, bytes: Uint8Array): Promise<{ status: number; body: string }> {
    const key = this.#fixture.secrets.keys[host] ?? '';
    return answered(await this.#ingest(postEvent('/v1/batches', key, CHUNK_MEDIA_TYPE, bytes)));
  }

  /** When a host has the whole minute in which a time lies. */
  static minuteEndMs(host: string, atMs: number): number {
    return minuteStartMs(host, minuteOf(host, atMs) + 1);
  }

  tick(atMs: number) {
    return this.#evaluator(atMs);
  }

  compact() {
    return createCompactor(this.#environment)();
  }

  /** Asks with a token, the fixture's own if none is given; gives the JSON. */
  async get(
    path: string,
    params: Params = {},
    token: string = this.#fixture.secrets.apiToken ?? '',
  ): Promise<unknown> {
    const headers = { authorization: `Bearer ${token}` };
    const event = apiEvent({ rawPath: path, rawQueryString: encode(params), headers });
    const { status, body } = answered(await this.#api(event));
    if (status !== 200) throw new Error(`${path}: ${status} ${body}`);
    return JSON.parse(body);
  }

  /** Enrols a host with the fixture's token; what came of it, in a word. */
  async enrol(host: string): Promise<string> {
    const enrol = createEnrolment(this.#environment, { audit: () => {} });
    const body = JSON.stringify({ host, keyHash: keyHashOf(host) });
    const token = this.#fixture.secrets.enrolmentToken ?? '';
    const answer = answered(
      await enrol(postEvent('/v1/enrolments', token, 'application/json', body)),
    );
    const said = JSON.parse(answer.body) as { outcome?: string; error?: { code: string } };
    return said.outcome ?? said.error?.code ?? '';
  }

  async close(): Promise<void> {
    await this.#sns.close();
    await this.store.close();
  }
}
