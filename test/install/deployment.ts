import { readFileSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { Place, type Run } from '../local/start-fixture.ts';

const Answer = v.object({
  data: v.object({
    result: v.array(
      v.object({
        metric: v.record(v.string(), v.string()),
        value: v.optional(v.tuple([v.number(), v.string()])),
        values: v.optional(v.array(v.tuple([v.number(), v.string()]))),
      }),
    ),
  }),
});

/** What a query gave for one series: seconds since 1970, and numbers as text. */
export interface Found {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

/** `npm start` that offers one release or another to install. */
export class Deployment {
  readonly #place: Place;
  readonly #releases: string;
  readonly url: string;

  private constructor(place: Place, releases: string, url: string) {
    this.#place = place;
    this.#releases = releases;
    this.url = url;
  }

  /** `releases` is a folder of releases, by version. */
  static async start(releases: string, version: string): Promise<Deployment> {
    const place = new Place();
    place.writeRules('HasNumbers');
    const offer = join(place.path, 'offer');
    symlinkSync(join(releases, version), offer);
    const run: Run = place.start(['--no-agent', '--tick', '10s'], {
      HYPERVIGIL_AGENT_RELEASE: offer,
    });
    const [, url = ''] = await run.prints(/listening on (\S+),/);
    return new Deployment(place, releases, url);
  }

  /** From now on it offers this one. */
  offer(version: string): void {
    const next = join(this.#place.path, 'next-offer');
    symlinkSync(join(this.#releases, version), next);
    renameSync(next, join(this.#place.path, 'offer'));
  }

  get enrolmentToken(): string {
    return this.#key('enrolment.token');
  }

  /** What a PromQL query gives now. */
  async query(query: string): Promise<readonly Found[]> {
    const response = await fetch(`${this.url}/api/v1/query`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#key('api.token')}` },
      body: new URLSearchParams({ query }),
    });
    if (!response.ok) throw new Error(`${query}: ${response.status} ${await response.text()}`);
    const { result } = v.parse(Answer, await response.json()).data;
    return result.map(({ metric, value, values = value === undefined ? [] : [value] }) => ({
      metric,
      values,
    }));
  }

  async stop(): Promise<void> {
    await this.#place.remove();
  }

  #key(name: string): string {
    return readFileSync(join(this.#place.data, 'keys', name), 'utf8').trim();
  }
}
