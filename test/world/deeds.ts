import { isoTime } from '../../core/time.ts';
import type { UrlFunction } from '../../infra/local/http-front.ts';
import { apiEvent, readReply } from '../api/fixture.ts';
import { ANNA, type People, SAM, WEI } from './people.ts';
import { minutes } from './spans.ts';

/** What somebody does in the world, over the API. */
export interface Deed {
  readonly minutesAgo: number;
  readonly by: keyof People;
  readonly method: 'POST' | 'DELETE';
  readonly path: string;
  readonly body: (atMs: number) => unknown;
}

const NAMES: Readonly<Record<keyof People, string>> = { admin: ANNA, operator: WEI, viewer: SAM };

const matcher = (name: string, value: string) => {
  return { name, value, isRegex: false, isEqual: true };
};

function silence(
  minutesAgo: number,
  by: Deed['by'],
  comment: string,
  hours: number,
  matchers: Readonly<Record<string, string>>,
  startsInMinutes = 0,
): Deed {
  const body = (atMs: number) => ({
    matchers: Object.entries(matchers).map(([name, value]) => matcher(name, value)),
    startsAt: isoTime(atMs + minutes(startsInMinutes)),
    endsAt: isoTime(atMs + minutes(startsInMinutes + hours * 60)),
    createdBy: NAMES[by],
    comment,
  });
  return { minutesAgo, by, method: 'POST', path: '/api/v2/silences', body };
}

function acknowledge(minutesAgo: number, by: Deed['by'], note: string, filter: string[]): Deed {
  const body = () => ({ filter, for: '2h', by: NAMES[by], note });
  return { minutesAgo, by, method: 'POST', path: '/v1/acknowledgements', body };
}

/** In the order of time. */
export const DEEDS: readonly Deed[] = [
  silence(100, 'operator', 'old kernels are cleaned up tonight', 12, {
    alertname: 'HostDiskSpaceLow',
    mountpoint: '/',
  }),
  silence(30, 'admin', 'new switch in rack A01', 3, { host: 'hv-fra-01' }, 18 * 60),
  acknowledge(22, 'operator', 'moving two VMs away', ['alertname="HostCpuHigh"']),
  acknowledge(8, 'admin', 'looking at its log', ['alertname="VmDown"']),
  {
    minutesAgo: 5,
    by: 'admin',
    method: 'POST',
    path: '/api/v1/tokens',
    body: () => ({ name: 'status page', kind: 'service', role: 'viewer', areas: ['alerts'] }),
  },
];

/** Does it. What is done to an alert that is not there, in a small world, is left. */
export async function doDeed(
  api: UrlFunction,
  { by, method, path, body }: Deed,
  people: People,
  atMs: number,
): Promise<void> {
  const reply = await api(
    apiEvent({
      method,
      rawPath: path,
      headers: { authorization: `Bearer ${people[by]}`, 'content-type': 'application/json' },
      body: JSON.stringify(body(atMs)),
    }),
  );
  const { status, text } = readReply(reply);
  if (status >= 400 && status !== 404) throw new Error(`${method} ${path}: ${status} ${text}`);
}
