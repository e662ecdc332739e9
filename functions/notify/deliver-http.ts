import type { HttpDelivery } from '../../core/delivery/request.ts';
import { type DeliveryResult, failure } from './delivery-result.ts';
import { checkedUrl, ForbiddenAddress } from './egress.ts';
import { type Answer, BadRedirect, exchange } from './http-exchange.ts';
import { redacted } from './redact.ts';

/** Statuses of a refusal that a later attempt may not meet: too slow, too early, too often. */
export const PASSING = new Set([408, 425, 429]);
const RETRY_AFTER_MAX_MS = 3_600_000;

/** Sends one message over HTTP; never rejects. */
export async function deliverHttp(
  delivery: HttpDelivery,
  nowMs: number,
  allowLinkLocal: boolean,
  signal?: AbortSignal,
): Promise<DeliveryResult> {
  const url = checkedUrl(delivery.url, allowLinkLocal);
  if (!url.ok) return failure(url.error, false);
  const timeout = AbortSignal.timeout(delivery.timeoutMs);
  const { origin } = url.value;
  const { method, body, followRedirects } = delivery;
  const headers = { 'user-agent': 'Hypervigil', ...delivery.headers };
  const signals = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
  try {
    const answer = await exchange(
      { method, url: url.value, headers, body },
      { signal: signals, followRedirects, allowLinkLocal },
    );
    return judged(delivery, origin, answer, nowMs);
  } catch (problem) {
    if (signal?.aborted) return failure(`${origin}: stopped before it answered`, true);
    if (timeout.aborted)
      return failure(`${origin}: no answer within ${delivery.timeoutMs / 1000} s`, true);
    const permanent = problem instanceof ForbiddenAddress || problem instanceof BadRedirect;
    return failure(`${origin}: ${hidden(delivery, errorText(problem))}`, !permanent);
  }
}

function judged(
  delivery: HttpDelivery,
  origin: string,
  { status, body, retryAfter }: Answer,
  nowMs: number,
): DeliveryResult {
  const words = hidden(delivery, body);
  if (status >= 200 && status < 300) {
    const refusal = delivery.judge?.(body);
    if (refusal === undefined) return { ok: true, status, answer: words };
    return failure(`${origin}: ${hidden(delivery, refusal.reason)}`, refusal.retry);
  }
  const retry = status >= 500 || PASSING.has(status);
  const failed = failure(`${origin} answers ${status}${words === '' ? '' : `: ${words}`}`, retry);
  const waitMs = retry ? retryAfterMs(retryAfter, nowMs) : undefined;
  return waitMs === undefined ? failed : { ...failed, retryAfterMs: waitMs };
}

/** Seconds or a date. Source: RFC 9110, 10.2.3. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const waitMs = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), RETRY_AFTER_MAX_MS);
}

function hidden(delivery: HttpDelivery, text: string): string {
  return redacted(text, delivery.url, delivery.secrets);
}

/** Several addresses tried: the first one's reason tells enough. */
export function errorText(problem: unknown): string {
  if (problem instanceof AggregateError && problem.errors.length > 0)
    return errorText(problem.errors[0]);
  return problem instanceof Error ? problem.message || problem.name : String(problem);
}
