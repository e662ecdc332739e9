import type { ConfigSection } from './config-section.ts';
import type { HttpSettings } from './integration-types.ts';
import { DEFAULT_HTTP, readHttp } from './parse-http.ts';

/** What `global` says for all integrations that say nothing else. */
export interface GlobalSettings {
  readonly http: HttpSettings;
  readonly pagerdutyUrl: string;
  readonly slackApiUrl?: string;
  readonly slackAppToken?: string;
  readonly slackAppUrl: string;
}

const DEFAULT_GLOBAL: GlobalSettings = {
  http: DEFAULT_HTTP,
  pagerdutyUrl: 'https://events.pagerduty.com/v2/enqueue',
  slackAppUrl: 'https://slack.com/api/chat.postMessage',
};

/**
 * `resolve_timeout` is for alerts from senders that do not say when they end. The rest serve
 * integrations that are refused where they are used, so that here they do no harm.
 */
const UNUSED = [
  'resolve_timeout',
  ...['smtp_from', 'smtp_hello', 'smtp_smarthost', 'smtp_auth_username', 'smtp_auth_password'],
  ...['smtp_auth_password_file', 'smtp_auth_secret', 'smtp_auth_secret_file'],
  ...['smtp_auth_identity', 'smtp_require_tls', 'smtp_tls_config', 'smtp_force_implicit_tls'],
  ...['opsgenie_api_url', 'opsgenie_api_key', 'opsgenie_api_key_file', 'jira_api_url'],
  ...['wechat_api_url', 'wechat_api_secret', 'wechat_api_secret_file', 'wechat_api_corp_id'],
  ...['victorops_api_url', 'victorops_api_key', 'victorops_api_key_file', 'webex_api_url'],
  ...['telegram_api_url', 'telegram_bot_token', 'telegram_bot_token_file'],
  ...['rocketchat_api_url', 'rocketchat_token', 'rocketchat_token_file'],
  ...['rocketchat_token_id', 'rocketchat_token_id_file'],
  ...['mattermost_webhook_url', 'mattermost_webhook_url_file'],
];

const FIELDS = [
  ...['http_config', 'pagerduty_url'],
  ...['slack_api_url', 'slack_api_url_file', 'slack_app_token', 'slack_app_token_file'],
  ...['slack_app_url', ...UNUSED],
];

export function readGlobal(root: ConfigSection): GlobalSettings {
  const section = root.section('global', FIELDS);
  if (section === undefined) return DEFAULT_GLOBAL;
  section.durationMs('resolve_timeout');
  const slackApiUrl = section.secretUrl('slack_api_url');
  const slackAppToken = section.secret('slack_app_token');
  const slackAppUrl = section.url('slack_app_url') ?? DEFAULT_GLOBAL.slackAppUrl;
  if (slackApiUrl !== undefined && slackAppToken !== undefined && slackApiUrl !== slackAppUrl) {
    section.problem(
      'slack_app_token',
      'at most one of slack_app_token/slack_app_token_file & slack_api_url/slack_api_url_file must be configured',
    );
  }
  return {
    http: readHttp(section, DEFAULT_HTTP),
    pagerdutyUrl: section.url('pagerduty_url') ?? DEFAULT_GLOBAL.pagerdutyUrl,
    ...(slackApiUrl === undefined ? {} : { slackApiUrl }),
    ...(slackAppToken === undefined ? {} : { slackAppToken }),
    slackAppUrl,
  };
}
