import { parse, stringify } from 'yaml';

/**
 * The configuration for whoever may ask: `config routes test` needs the routes, nobody needs the
 * passwords. What Alertmanager hides is hidden in its own way, and so are tokens in headers.
 */
const HIDDEN = '<secret>';

/** Members that are secrets wherever they are. Source: alertmanager/config, types Secret and SecretURL. */
const SECRETS: ReadonlySet<string> = new Set([
  ...['password', 'credentials', 'bearer_token', 'client_secret', 'secret_key', 'secrets'],
  ...['api_key', 'api_secret', 'auth_password', 'auth_secret', 'bot_token', 'app_token', 'token'],
  ...['user_key', 'routing_key', 'service_key', 'webhook_url', 'slack_api_url', 'slack_app_token'],
  ...['opsgenie_api_key', 'smtp_auth_password', 'smtp_auth_secret', 'telegram_bot_token'],
  ...['victorops_api_key', 'wechat_api_secret', 'rocketchat_token', 'rocketchat_token_id'],
  ...['token_id', 'mattermost_webhook_url', 'alert_source_token'],
]);

/** Members whose URL has a secret in it, in these lists only. */
const SECRET_URLS: Readonly<Record<string, string>> = {
  slack_configs: 'api_url',
  webhook_configs: 'url',
};

/**
 * What an `amtool` of some years ago, or any, would refuse the whole configuration for: it reads
 * strictly, and what it wants to know are the routes. Debian's is of version 0.25.
 */
const UNKNOWN_TO_OLD: ReadonlySet<string> = new Set([
  ...['ntfy_configs', 'msteams_configs', 'msteamsv2_configs', 'http_headers'],
  'slack_app_url',
  ...['rocketchat_api_url', 'rocketchat_token', 'rocketchat_token_file', 'rocketchat_token_id'],
  ...['rocketchat_token_id_file', 'mattermost_webhook_url', 'mattermost_webhook_url_file'],
  ...['jira_api_url', 'telegram_bot_token', 'telegram_bot_token_file', 'smtp_force_implicit_tls'],
  ...['smtp_auth_secret_file', 'smtp_tls_config', 'wechat_api_secret_file'],
]);

/** The same in certain lists. */
const UNKNOWN_IN: Readonly<Record<string, readonly string[]>> = {
  webhook_configs: ['timeout'],
  slack_configs: ['app_url'],
  pagerduty_configs: ['source'],
};

/** What such an amtool knows under another name, and misses: a secret in any case. */
const OLD_NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '': { slack_app_token: 'slack_api_url', slack_app_token_file: 'slack_api_url' },
  webhook_configs: { url_file: 'url' },
  slack_configs: { app_token: 'api_url', app_token_file: 'api_url' },
};

/** The text without secrets, comments, and what Alertmanager does not know. */
export function publicConfig(original: string): string {
  const config: unknown = parse(original, { merge: true });
  // Go reads YAML 1.1, where "no" must have quotes to be a text.
  return stringify(shown(config, ''), { version: '1.1' });
}

/** What may be seen of a value; `list` is the nearest list of receivers' configurations around it. */
function shown(value: unknown, list: string): unknown {
  if (Array.isArray(value)) return value.map((one) => shown(one, list));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !UNKNOWN_TO_OLD.has(name) && !UNKNOWN_IN[list]?.includes(name))
      .map(([name, inner]) => {
        const oldName = OLD_NAMES[list]?.[name] ?? name;
        return [oldName, shownMember(oldName, inner, list)];
      }),
  );
}

function shownMember(name: string, value: unknown, list: string): unknown {
  if (Array.isArray(value) && name.endsWith('_configs')) return shown(value, name);
  if (SECRETS.has(name)) return Array.isArray(value) ? value.map(() => HIDDEN) : HIDDEN;
  if (SECRET_URLS[list] === name) return hideUrl(String(value));
  return shown(value, list);
}

/** The host stays, and stays a URL: older tools insist on one. */
function hideUrl(text: string): string {
  const origin = URL.canParse(text) ? new URL(text).origin : 'https://hidden.invalid';
  return `${origin}/${encodeURIComponent(HIDDEN)}`;
}
