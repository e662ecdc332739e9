import type { PagerdutySettings } from '../alertmanager/integration-types.ts';
import type { Notification, NotifiedAlert } from '../alertmanager/notification-types.ts';
import { isoTime } from '../time.ts';
import { headlineAlerts } from './headline.ts';
import { httpHeaders, httpSecrets, SERVICE_TIMEOUT_MS } from './http-settings.ts';
import { emailOf } from './message.ts';
import type { DeliveryContext, HttpDelivery } from './request.ts';
import { cutBytes, cutChars, oneLine, utf8Bytes } from './shorten.ts';
import { createTexts, type Texts } from './texts.ts';
import { placeOf, severityOf } from './words.ts';

const SUMMARY_MAX_CHARS = 1024;
const FIELD_MAX_CHARS = 1024;
/** Source: developer.pagerduty.com, Events API v2: 512 KB. */
const EVENT_MAX_BYTES = 512_000;
const DETAIL_MAX_BYTES = 60_000;

/** An event of the Events API v2. The group is one incident from its first alert to its end. */
export function pagerdutyRequest(
  notification: Notification,
  settings: PagerdutySettings,
  context: DeliveryContext,
): HttpDelivery {
  const { url, routingKey, http } = settings;
  return {
    kind: 'http',
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', ...httpHeaders(http) },
    body: fitted(eventOf(notification, settings, context)),
    timeoutMs: SERVICE_TIMEOUT_MS,
    followRedirects: http.followRedirects,
    secrets: [routingKey, ...httpSecrets(http)],
  };
}

interface Event extends Readonly<Record<string, unknown>> {
  readonly payload: Readonly<Record<string, unknown>>;
}

function eventOf(
  notification: Notification,
  settings: PagerdutySettings,
  context: DeliveryContext,
): Event {
  const texts = createTexts(notification, context);
  const { text } = texts;
  const optional = (template: string | undefined, setting: string) =>
    cutChars(oneLine(texts.optional(template, `pagerduty's ${setting}`)), FIELD_MAX_CHARS);
  const about = headlineAlerts(notification);
  const client = oneLine(text(settings.client, 'pagerduty.default.client'));
  const clientUrl = oneLine(text(settings.clientUrl, 'pagerduty.default.clientURL'));
  const summary = oneLine(text(settings.description, 'pagerduty.default.description'));
  const graph = about.find(({ generatorUrl }) => /^https?:/.test(generatorUrl))?.generatorUrl;
  const fields = {
    class: optional(settings.class, 'class'),
    component: optional(settings.component, 'component'),
    group: optional(settings.group, 'group'),
  };
  return {
    ...withoutEmpty({
      client: cutChars(client, FIELD_MAX_CHARS),
      client_url: cutChars(clientUrl, FIELD_MAX_CHARS),
    }),
    routing_key: settings.routingKey,
    event_action: notification.status === 'firing' ? 'trigger' : 'resolve',
    dedup_key: context.sha256Hex(notification.groupKey),
    ...(graph === undefined ? {} : { links: [{ href: graph, text: 'Graph' }] }),
    payload: {
      summary: cutChars(summary || 'Alert', SUMMARY_MAX_CHARS),
      source: optional(settings.source, 'source') || sourceOf(about),
      severity: severityText(optional(settings.severity, 'severity'), about),
      timestamp: isoTime(Math.min(...about.map(({ startsAtMs }) => startsAtMs))),
      ...withoutEmpty(fields),
      custom_details: detailsOf(notification, settings, context, texts),
    },
  };
}

function sourceOf(about: readonly NotifiedAlert[]): string {
  const places = [...new Set(about.slice(0, 50).map(placeOf))].filter((place) => place !== '');
  return cutChars(places.join(', '), FIELD_MAX_CHARS) || 'Hypervigil';
}

const SEVERITIES = new Set(['critical', 'error', 'warning', 'info']);

/** PagerDuty refuses an event with any other severity. */
function severityText(rendered: string, about: readonly NotifiedAlert[]): string {
  const wanted = (rendered || severityOf(about)).toLowerCase();
  return SEVERITIES.has(wanted) ? wanted : 'error';
}

function detailsOf(
  notification: Notification,
  settings: PagerdutySettings,
  { externalUrl }: DeliveryContext,
  texts: Texts,
): Record<string, string> {
  const firing = notification.alerts.filter(({ status }) => status === 'firing').length;
  const own = Object.entries(settings.details).map(([name, template]) => {
    return [name, cutBytes(texts.optional(template, `the detail ${name}`), DETAIL_MAX_BYTES)];
  });
  const problems = texts.failures().trim();
  return {
    message: emailOf(notification, externalUrl),
    num_firing: String(firing),
    num_resolved: String(notification.alerts.length - firing),
    ...Object.fromEntries(own),
    ...(problems === '' ? {} : { template_errors: problems }),
  };
}

/** The event's JSON; without details when it is too long with them. */
function fitted(event: Event): string {
  const json = JSON.stringify(event);
  if (utf8Bytes(json) <= EVENT_MAX_BYTES) return json;
  const error = 'The details were too long for PagerDuty and are left out.';
  return JSON.stringify({ ...event, payload: { ...event.payload, custom_details: { error } } });
}

function withoutEmpty(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
}
