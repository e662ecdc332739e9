import * as v from 'valibot';
import type { SlackSettings } from '../alertmanager/integration-types.ts';
import type { Notification } from '../alertmanager/notification-types.ts';
import { httpHeaders, httpSecrets, SERVICE_TIMEOUT_MS } from './http-settings.ts';
import type { DeliveryContext, HttpDelivery, Refusal } from './request.ts';
import { cutBytes, cutChars, oneLine } from './shorten.ts';
import { createTexts } from './texts.ts';

const TITLE_MAX_CHARS = 1024;
const LINE_MAX_CHARS = 1024;
const PRETEXT_MAX_BYTES = 4000;
/** Slack cuts a message at 40,000 characters. */
const TEXT_MAX_BYTES = 30_000;

/** A message with one attachment, for an incoming webhook or `chat.postMessage`. */
export function slackRequest(
  notification: Notification,
  settings: SlackSettings,
  context: DeliveryContext,
): HttpDelivery {
  const { apiUrl, channel, http } = settings;
  const { text, optional, failures } = createTexts(notification, context);
  const line = (template: string | undefined, name: Parameters<typeof text>[1]) =>
    cutChars(oneLine(text(template, name)), LINE_MAX_CHARS);
  const attachment = {
    title: cutChars(text(settings.title, 'slack.default.title'), TITLE_MAX_CHARS),
    title_link: line(settings.titleLink, 'slack.default.titlelink'),
    pretext: cutBytes(text(settings.pretext, 'slack.default.pretext'), PRETEXT_MAX_BYTES),
    fallback: line(settings.fallback, 'slack.default.fallback'),
    color: line(settings.color, 'slack.default.color'),
    text: cutBytes(text(settings.text, 'slack.default.text'), TEXT_MAX_BYTES),
    mrkdwn_in: ['fallback', 'pretext', 'text'],
  };
  const sender = {
    username: line(settings.username, 'slack.default.username'),
    icon_emoji: line(settings.iconEmoji, 'slack.default.iconemoji'),
    icon_url: line(settings.iconUrl, 'slack.default.iconurl'),
  };
  return {
    kind: 'http',
    method: 'POST',
    url: apiUrl,
    headers: { 'content-type': 'application/json; charset=utf-8', ...httpHeaders(http) },
    body: JSON.stringify({
      ...withoutEmpty({ channel: oneLine(optional(channel, "Slack's channel")), ...sender }),
      attachments: [withoutEmpty({ ...attachment, text: attachment.text + failures() })],
    }),
    timeoutMs: SERVICE_TIMEOUT_MS,
    followRedirects: http.followRedirects,
    secrets: httpSecrets(http),
    judge: judgeSlack,
  };
}

function withoutEmpty(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
}

const answerSchema = v.object({
  ok: v.boolean(),
  error: v.optional(v.string(), 'no reason given'),
});

/** Errors that time heals. Source: docs.slack.dev/reference/methods/chat.postMessage. */
const PASSING = new Set([
  'ratelimited',
  'rate_limited',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
]);

/**
 * An incoming webhook answers `ok`, the Web API JSON with `ok: true`. Slack always says something;
 * others that take its messages (a relay, a bridge to another chat) may answer nothing.
 */
function judgeSlack(body: string): Refusal | undefined {
  if (['', 'ok'].includes(body.trim())) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { reason: `Slack answers: ${body}`, retry: false };
  }
  const answer = v.safeParse(answerSchema, json);
  if (!answer.success) return { reason: `Slack answers: ${body}`, retry: false };
  const { ok, error } = answer.output;
  return ok ? undefined : { reason: `Slack answers: ${error}`, retry: PASSING.has(error) };
}
