import * as v from 'valibot';
import type { ApiClient } from './api-client.ts';
import type { Deployment } from './deployment.ts';

/** A file of a deployed dashboard, as a browser gets it. */
interface Served {
  readonly status: number;
  readonly header: (name: string) => string | null;
  readonly text: string;
}

/** Asks for a page or a file, taking brotli; `fetch` unpacks it. */
export async function served(deployment: Deployment, path: string): Promise<Served> {
  const headers = { accept: 'text/html,*/*', 'accept-encoding': 'br, gzip' };
  const response = await fetch(deployment.api(path), { headers });
  const text = await response.text();
  return { status: response.status, header: (name) => response.headers.get(name), text };
}

const Subscribed = v.object({
  data: v.object({
    subscriptions: v.array(
      v.object({ id: v.string(), topic: v.string(), address: v.string(), from: v.string() }),
    ),
  }),
});

/** Who hears of the topics, as the page shows it. */
export async function subscribersOf(api: ApiClient) {
  const answer = await api.ask('GET', 'api/v1/subscriptions');
  return v.parse(Subscribed, answer).data.subscriptions;
}
