import type { PostableAlert } from '../../core/alerting/resend.ts';

/**
 * Tells Alertmanagers of alerts; gives a line for each of them that could not be told. Never rejects:
 * what was not heard is sent again a minute later, as long as it holds.
 */
export type SendAlerts = (alerts: readonly PostableAlert[]) => Promise<string[]>;

/** In one request. Source: prometheus/notifier/manager.go, DefaultMaxBatchSize. */
const MAX_BATCH = 256;
/** For all requests to one Alertmanager in one tick. Source: prometheus/config, its default timeout. */
const TIMEOUT_MS = 10_000;

/** How long a tick may wait for Alertmanagers, so that the next one begins in time. */
export function sendTimeoutMs(tickMs: number): number {
  return Math.min(TIMEOUT_MS, Math.ceil(tickMs / 2));
}

/** Where an Alertmanager takes alerts, and what to show of it: no password. */
interface Target {
  readonly endpoint: string;
  readonly shown: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Sends to all of these Alertmanagers (`http://host:9093`, with a path where they are served under one,
 * with `user:password@` where they ask for one), each at its own pace.
 */
export function createAlertmanagerSender(urls: readonly string[], timeoutMs: number): SendAlerts {
  const targets = urls.map(targetOf);
  return async (alerts) => {
    if (alerts.length === 0) return [];
    const errors = await Promise.all(targets.map((target) => sendAll(target, alerts, timeoutMs)));
    return errors.flat();
  };
}

function targetOf(url: string): Target {
  const parsed = new URL(url);
  const login = `${decodeURIComponent(parsed.username)}:${decodeURIComponent(parsed.password)}`;
  const authorization = `Basic ${Buffer.from(login).toString('base64')}`;
  parsed.username = '';
  parsed.password = '';
  const shown = parsed.href.replace(/\/+$/, '');
  return {
    endpoint: `${shown}/api/v2/alerts`,
    shown,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Hypervigil',
      ...(login === ':' ? {} : { authorization }),
    },
  };
}

/** Batch after batch, until one fails: the next would most likely too. */
async function sendAll(
  target: Target,
  alerts: readonly PostableAlert[],
  timeoutMs: number,
): Promise<string[]> {
  const signal = AbortSignal.timeout(timeoutMs);
  for (let from = 0; from < alerts.length; from += MAX_BATCH) {
    const problem = await send(target, alerts.slice(from, from + MAX_BATCH), signal);
    if (problem === undefined) continue;
    const lost = alerts.length - from;
    return [
      `Alertmanager ${target.shown} was not told of ${lost} ${lost === 1 ? 'alert' : 'alerts'}: ${problem}`,
    ];
  }
  return [];
}

/** What went wrong, if anything did. */
async function send(
  { endpoint, headers }: Target,
  alerts: readonly PostableAlert[],
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const body = JSON.stringify(alerts.map(plainAlert));
    const answer = await fetch(endpoint, { method: 'POST', headers, body, signal });
    await answer.body?.cancel();
    return answer.ok ? undefined : `it answered ${answer.status} ${answer.statusText}`.trimEnd();
  } catch (error) {
    return reasonOf(error);
  }
}

/** The JSON of `/api/v2/alerts`. */
function plainAlert(alert: PostableAlert): object {
  const { labels, annotations, startsAtMs, endsAtMs, generatorUrl } = alert;
  return {
    labels,
    annotations,
    startsAt: new Date(startsAtMs).toISOString(),
    endsAt: new Date(endsAtMs).toISOString(),
    ...(generatorUrl === '' ? {} : { generatorURL: generatorUrl }),
  };
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'it did not answer in time';
  return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
}
