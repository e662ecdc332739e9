import * as v from 'valibot';
import type { Deployment } from './deployment.ts';

const Labels = v.record(v.string(), v.string());
const Matrix = v.object({
  data: v.object({
    result: v.array(
      v.object({ metric: Labels, values: v.array(v.tuple([v.number(), v.string()])) }),
    ),
  }),
});
const Vector = v.object({
  data: v.object({
    result: v.array(v.object({ metric: Labels, value: v.tuple([v.number(), v.string()]) })),
  }),
});
const Alerts = v.array(v.object({ labels: Labels, status: v.object({ state: v.string() }) }));

type ShownAlert = v.InferOutput<typeof Alerts>[number];
type Sampled = v.InferOutput<typeof Matrix>['data']['result'][number];
type Valued = v.InferOutput<typeof Vector>['data']['result'][number];

/** Asks the API of a deployment with a token. */
export class ApiClient {
  readonly #deployment: Deployment;
  readonly #token: string;

  constructor(deployment: Deployment, token: string) {
    this.#deployment = deployment;
    this.#token = token;
  }

  /** PromQL at an instant (now, unless given), whose answer has a value for each series. */
  async query(query: string, atMs?: number): Promise<readonly Valued[]> {
    return v.parse(Vector, await this.#get('api/v1/query', queryOf(query, atMs))).data.result;
  }

  /** Samples as they are stored: of a selector with a range, such as `up[5m]`. */
  async samples(query: string, atMs?: number): Promise<readonly Sampled[]> {
    return v.parse(Matrix, await this.#get('api/v1/query', queryOf(query, atMs))).data.result;
  }

  /** What fires as of the last tick, muted or not. */
  async alerts(): Promise<readonly ShownAlert[]> {
    return v.parse(Alerts, await this.#get('api/v2/alerts', {}));
  }

  /** Silences what has a label, for an hour. */
  async silence(name: string, value: string): Promise<void> {
    await this.#ask('api/v2/silences', {
      method: 'POST',
      body: JSON.stringify({
        matchers: [{ name, value, isRegex: false, isEqual: true }],
        startsAt: new Date().toISOString(),
        endsAt: new Date(Date.now() + 3_600_000).toISOString(),
        createdBy: 'ada',
        comment: 'is being moved',
      }),
    });
  }

  /** What a change, or a question that is no PromQL, was answered. */
  ask(method: string, path: string, json?: object): Promise<unknown> {
    return this.#ask(path, {
      method,
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
  }

  #get(path: string, params: Readonly<Record<string, string>>): Promise<unknown> {
    return this.#ask(`${path}?${new URLSearchParams(params)}`, {});
  }

  async #ask(path: string, init: RequestInit): Promise<unknown> {
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
    const response = await fetch(this.#deployment.api(path), { ...init, headers });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }
}

function queryOf(query: string, atMs: number | undefined) {
  return { query, ...(atMs === undefined ? {} : { time: String(atMs / 1000) }) };
}
