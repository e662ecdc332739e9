import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { snappyCompress } from 'hysnappy';
import { encode, outgoing, V1 } from '../remote-write/requests.ts';
import { Place, type Run } from './start-fixture.ts';

/** `npm start` without an agent: its rules look at what the test sends by remote write. */
export class FedStack {
  readonly place = new Place();
  #run: Run | undefined;
  url = '';

  constructor(rules: string, routing: string, escalations?: string) {
    this.place.writeRuleFile(rules);
    writeFileSync(join(this.place.rules, 'alertmanager.yaml'), routing);
    if (escalations !== undefined)
      writeFileSync(join(this.place.rules, 'escalations.yaml'), escalations);
  }

  async start(...args: string[]): Promise<void> {
    this.#run = this.place.start(['--no-agent', ...args]);
    const [, url = ''] = await this.#run.prints(/listening on (\S+),/);
    this.url = url;
  }

  async kill(): Promise<void> {
    await this.#run?.kill();
  }

  /** What it has printed since it was started last. */
  get output(): string {
    return this.#run?.stdout ?? '';
  }

  get token(): string {
    return readFileSync(join(this.place.data, 'keys', 'api.token'), 'utf8').trim();
  }

  /** `{ 'load{vm="db"}': 9 }`: values as of now; they hold for five minutes. */
  async send(values: Readonly<Record<string, number>>): Promise<void> {
    const key = readFileSync(join(this.place.data, 'keys', 'me.key'), 'utf8').trim();
    const series = Object.entries(values).map(([text, value]) =>
      outgoing(labelsOf(text), [[Date.now(), value]]),
    );
    const response = await fetch(`${this.url}/api/v1/write`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/x-protobuf',
        'content-encoding': 'snappy',
        'x-prometheus-remote-write-version': '0.1.0',
      },
      body: new Uint8Array(snappyCompress(encode(V1, series))),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  }

  /** The API's answer, as JSON. */
  async ask(path: string, init: RequestInit = {}): Promise<unknown> {
    const headers = {
      authorization: `Bearer ${this.token}`,
      'content-type': 'application/json',
    };
    const response = await fetch(`${this.url}${path}`, { ...init, headers });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  async remove(): Promise<void> {
    await this.place.remove();
  }
}

function labelsOf(text: string): Record<string, string> {
  const [, name = text, labels = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(text) ?? [];
  const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [
    key,
    value,
  ]);
  return { __name__: name, ...Object.fromEntries(pairs) };
}
