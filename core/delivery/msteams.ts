import type { TeamsSettings } from '../alertmanager/integration-types.ts';
import type { Notification } from '../alertmanager/notification-types.ts';
import { httpHeaders, httpSecrets, SERVICE_TIMEOUT_MS } from './http-settings.ts';
import type { DeliveryContext, HttpDelivery, Refusal } from './request.ts';
import { cutBytes, cutChars, oneLine, utf8Bytes } from './shorten.ts';
import { createTexts } from './texts.ts';

/** Teams refuses a message above 28 KB. Source: learn.microsoft.com, connectors and workflows. */
const CARD_MAX_BYTES = 28_000;
const TITLE_MAX_CHARS = 500;

interface Card {
  readonly title: string;
  readonly summary: string;
  readonly text: string;
  readonly firing: boolean;
}

/** A connector card (`msteams_configs`) or an adaptive card (`msteamsv2_configs`). */
export function teamsRequest(
  notification: Notification,
  settings: TeamsSettings,
  context: DeliveryContext,
): HttpDelivery {
  const { kind, webhookUrl, http } = settings;
  const { text, failures } = createTexts(notification, context);
  const line = (made: string) => cutChars(oneLine(made), TITLE_MAX_CHARS);
  const title = line(text(settings.title, `${kind}.default.title`));
  const summary =
    kind === 'msteams' ? line(text(settings.summary, 'msteams.default.summary')) : title;
  const body = text(settings.text, `${kind}.default.text`) + failures();
  const card = { title, summary, text: body, firing: notification.status === 'firing' };
  return {
    kind: 'http',
    method: 'POST',
    url: webhookUrl,
    headers: { 'content-type': 'application/json', ...httpHeaders(http) },
    body: fitted(card, kind === 'msteams' ? connectorCard : adaptiveCard),
    timeoutMs: SERVICE_TIMEOUT_MS,
    followRedirects: http.followRedirects,
    secrets: httpSecrets(http),
    judge: judgeTeams,
  };
}

/** The JSON of a card whose text is cut until Teams takes it. */
function fitted(card: Card, write: (card: Card) => unknown): string {
  let maxBytes = CARD_MAX_BYTES;
  for (;;) {
    const json = JSON.stringify(write({ ...card, text: cutBytes(card.text, maxBytes) }));
    if (utf8Bytes(json) <= CARD_MAX_BYTES) return json;
    // Ends: title and summary alone, escaped, take 6 KB at most.
    maxBytes = Math.floor(maxBytes * 0.8);
  }
}

function connectorCard({ title, summary, text, firing }: Card): unknown {
  return {
    '@context': 'http://schema.org/extensions',
    '@type': 'MessageCard',
    title,
    summary,
    text,
    themeColor: firing ? '8C1A1A' : '2DC72D',
  };
}

function adaptiveCard({ title, text, firing }: Card): unknown {
  const heading = {
    type: 'TextBlock',
    text: title,
    weight: 'Bolder',
    size: 'Medium',
    wrap: true,
    style: 'heading',
    color: firing ? 'Attention' : 'Good',
  };
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.2',
    body: [heading, { type: 'TextBlock', text, wrap: true }],
    msteams: { width: 'full' },
  };
  const contentType = 'application/vnd.microsoft.card.adaptive';
  return { type: 'message', attachments: [{ contentType, contentUrl: null, content }] };
}

/** A connector answers 200 even when the message was throttled or refused behind it. */
function judgeTeams(body: string): Refusal | undefined {
  const status = /HTTP error (\d{3})/.exec(body)?.[1];
  if (status === undefined) return undefined;
  const retry = status === '429' || status.startsWith('5');
  return { reason: `Teams answers: ${body}`, retry };
}
