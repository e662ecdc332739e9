import type { ConfigSection } from './config-section.ts';
import { type IntegrationKindReader, optionalTexts } from './integration-kind.ts';
import type {
  NtfySettings,
  PagerdutySettings,
  SnsSettings,
  TeamsSettings,
  WebhookSettings,
} from './integration-types.ts';
import type { GlobalSettings } from './parse-global.ts';
import { readHttp } from './parse-http.ts';
import { SLACK } from './parse-slack.ts';

/** Longer than any sound receiver needs; one that hangs must not hold up a tick. */
const WEBHOOK_TIMEOUT_MAX_MS = 30_000;
const WEBHOOK_TIMEOUT_DEFAULT_MS = 10_000;

const OWN_ROLE = "access to SNS comes from the function's own role";
const OWN_CLIENT = 'requests to SNS are made by the AWS SDK, which signs them';

const SNS: IntegrationKindReader = {
  field: 'sns_configs',
  fields: [
    ...['api_url', 'sigv4', 'topic_arn', 'phone_number', 'target_arn'],
    ...['subject', 'message', 'attributes'],
  ],
  refused: { http_config: OWN_CLIENT, use_aws_http_client: OWN_CLIENT },
  sendResolved: true,
  read: (section) => {
    const target = readTarget(section);
    const apiUrl = section.url('api_url');
    const region = readRegion(section);
    return (
      target && {
        kind: 'sns',
        target,
        ...(apiUrl === undefined ? {} : { apiUrl }),
        ...(region === undefined ? {} : { region }),
        ...optionalTexts(section, { subject: 'subject', message: 'message' }),
        attributes: section.texts('attributes'),
      }
    );
  },
};

function readRegion(section: ConfigSection): string | undefined {
  const sigv4 = section.section('sigv4', ['region'], {
    access_key: OWN_ROLE,
    secret_key: OWN_ROLE,
    profile: OWN_ROLE,
    role_arn: OWN_ROLE,
    external_id: OWN_ROLE,
    session_name: OWN_ROLE,
    tags: OWN_ROLE,
    use_fips_sts_endpoint: OWN_ROLE,
    service_name: OWN_ROLE,
  });
  return sigv4?.text('region') || undefined;
}

function readTarget(section: ConfigSection): SnsSettings['target'] | undefined {
  const given = ['topic_arn', 'phone_number', 'target_arn'].filter((field) => section.has(field));
  const [field] = given;
  if (field === undefined || given.length > 1)
    return section.problem(
      given[1],
      'must provide either a Target ARN, Topic ARN, or Phone Number for SNS config',
    );
  const text = section.text(field);
  if (text === undefined) return undefined;
  if (field === 'phone_number') {
    if (/^\+[1-9]\d{1,14}$/.test(text)) return { phoneNumber: text };
    return section.problem(field, `"${text}" is not a phone number such as +4915112345678`);
  }
  if (!/^arn:[^{]+$/.test(text)) return section.problem(field, `"${text}" is not an ARN`);
  return field === 'topic_arn' ? { topicArn: text } : { targetArn: text };
}

const WEBHOOK: IntegrationKindReader = {
  field: 'webhook_configs',
  fields: ['url', 'url_file', 'max_alerts', 'timeout', 'http_config'],
  refused: { payload: "Alertmanager's own payload is sent" },
  sendResolved: true,
  read: (section, global): WebhookSettings | undefined => {
    const url = neededUrl(section, 'url');
    const maxAlerts = section.whole('max_alerts') ?? 0;
    if (maxAlerts < 0) section.problem('max_alerts', '"max_alerts" cannot be negative');
    const timeoutMs = section.durationMs('timeout') ?? 0;
    if (timeoutMs > WEBHOOK_TIMEOUT_MAX_MS)
      section.problem('timeout', '"timeout" cannot be longer than 30s');
    const http = readHttp(section, global.http);
    if (url === undefined) return undefined;
    return {
      kind: 'webhook',
      url,
      maxAlerts,
      timeoutMs: timeoutMs === 0 ? WEBHOOK_TIMEOUT_DEFAULT_MS : timeoutMs,
      http,
    };
  },
};

/** A URL, given here or in a file, without which there is nobody to tell. */
function neededUrl(section: ConfigSection, field: string): string | undefined {
  if (section.hasSecret(field)) {
    const url = section.secretUrl(field);
    if (url === undefined && section.text(field) === '')
      return section.problem(field, `"${field}" is empty`);
    return url;
  }
  return section.problem(undefined, `one of ${field} or ${field}_file must be configured`);
}

function teams(kind: TeamsSettings['kind']): IntegrationKindReader {
  const hasSummary = kind === 'msteams';
  return {
    field: `${kind}_configs`,
    fields: [
      ...['webhook_url', 'webhook_url_file', 'title', 'text', 'http_config'],
      ...(hasSummary ? ['summary'] : []),
    ],
    refused: {},
    sendResolved: true,
    read: (section, global) => {
      const webhookUrl = neededUrl(section, 'webhook_url');
      const http = readHttp(section, global.http);
      const texts = optionalTexts(section, { title: 'title', summary: 'summary', text: 'text' });
      return webhookUrl === undefined ? undefined : { kind, webhookUrl, ...texts, http };
    },
  };
}

const PAGERDUTY_TEXTS = {
  client: 'client',
  clientUrl: 'client_url',
  description: 'description',
  severity: 'severity',
  class: 'class',
  component: 'component',
  group: 'group',
  source: 'source',
} as const;

const EVENTS_V1 =
  'it belongs to Events API v1; use the routing_key of an "Events API v2" integration';

const PAGERDUTY: IntegrationKindReader = {
  field: 'pagerduty_configs',
  fields: [
    ...['routing_key', 'routing_key_file', 'url', 'details', 'http_config'],
    ...Object.values(PAGERDUTY_TEXTS),
  ],
  refused: {
    service_key: EVENTS_V1,
    service_key_file: EVENTS_V1,
    images: 'put a link into details',
    links: 'put links into details',
    timeout: 'every request has the same one',
  },
  sendResolved: true,
  read: (section, global): PagerdutySettings | undefined => {
    const http = readHttp(section, global.http);
    const url = section.url('url') ?? global.pagerdutyUrl;
    const texts = optionalTexts(section, PAGERDUTY_TEXTS);
    const details = section.texts('details');
    const routingKey = section.secret('routing_key');
    if (routingKey !== undefined)
      return { kind: 'pagerduty', url, routingKey, ...texts, details, http };
    if (section.text('routing_key_file')) return undefined; // what is wrong with it is noted
    return section.problem(undefined, 'missing routing key in PagerDuty config');
  },
};

const NTFY_SERVER = 'https://ntfy.sh';

const NTFY: IntegrationKindReader = {
  field: 'ntfy_configs',
  fields: ['url', 'topic', 'title', 'message', 'priority', 'http_config'],
  refused: {},
  sendResolved: true,
  read: readNtfy,
};

function readNtfy(section: ConfigSection, global: GlobalSettings): NtfySettings | undefined {
  const url = section.url('url') ?? NTFY_SERVER;
  const topic = section.text('topic') ?? '';
  if (!/^[-_A-Za-z0-9]{1,64}$/.test(topic))
    section.problem('topic', '"topic" must be 1 to 64 letters, digits, - or _');
  const priority = section.whole('priority');
  if (priority !== undefined && (priority < 1 || priority > 5))
    section.problem('priority', '"priority" must be 1 (least) to 5 (most urgent)');
  return {
    kind: 'ntfy',
    url: url.replace(/\/$/, ''),
    topic,
    ...optionalTexts(section, { title: 'title', message: 'message' }),
    ...(priority === undefined ? {} : { priority }),
    http: readHttp(section, global.http),
  };
}

/** In the order in which a receiver's integrations are told. */
export const INTEGRATION_KINDS: readonly IntegrationKindReader[] = [
  SNS,
  WEBHOOK,
  SLACK,
  teams('msteams'),
  teams('msteamsv2'),
  PAGERDUTY,
  NTFY,
];
