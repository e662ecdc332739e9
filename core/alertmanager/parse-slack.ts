import type { ConfigSection } from './config-section.ts';
import { type IntegrationKindReader, optionalTexts } from './integration-kind.ts';
import type { SlackSettings } from './integration-types.ts';
import type { GlobalSettings } from './parse-global.ts';
import { readHttp } from './parse-http.ts';

const USE_TEXT = 'put it into text';
const NO_PICTURES = 'messages have no pictures; put a link into text';

const TEXTS = {
  channel: 'channel',
  username: 'username',
  iconEmoji: 'icon_emoji',
  iconUrl: 'icon_url',
  color: 'color',
  title: 'title',
  titleLink: 'title_link',
  pretext: 'pretext',
  text: 'text',
  fallback: 'fallback',
} as const;

export const SLACK: IntegrationKindReader = {
  field: 'slack_configs',
  fields: [
    ...['api_url', 'api_url_file', 'app_token', 'app_token_file', 'app_url', 'http_config'],
    ...Object.values(TEXTS),
  ],
  refused: {
    fields: USE_TEXT,
    short_fields: USE_TEXT,
    footer: USE_TEXT,
    message_text: USE_TEXT,
    actions: 'put links into text',
    callback_id: 'nothing answers to a message',
    image_url: NO_PICTURES,
    thumb_url: NO_PICTURES,
    link_names: 'write <@USER> in text',
    mrkdwn_in: 'text and pretext always have markup',
    update_message: 'each message is a new one',
    timeout: 'every request has the same one',
  },
  sendResolved: false,
  read: readSlack,
};

function readSlack(section: ConfigSection, global: GlobalSettings): SlackSettings | undefined {
  const http = readHttp(section, global.http);
  const texts = optionalTexts(section, TEXTS);
  const ownToken = section.secret('app_token');
  if (section.hasSecret('api_url') && section.hasSecret('app_token')) {
    return section.problem(
      'app_token',
      'at most one of api_url/api_url_file & app_token/app_token_file must be configured',
    );
  }
  const inherits = !section.hasSecret('api_url') && !section.hasSecret('app_token');
  const hasOwnLogin = section.has('http_config') && http.authorization !== undefined;
  const token = ownToken ?? (inherits && !hasOwnLogin ? global.slackAppToken : undefined);
  if (token !== undefined) {
    if (http.authorization !== undefined)
      return section.problem(
        'http_config',
        "http authorization can't be set when using Slack App tokens",
      );
    if (texts.channel === undefined)
      return section.problem(undefined, 'with a Slack App token "channel" must say where to');
    const authorization = { type: 'Bearer', credentials: token };
    const apiUrl = section.url('app_url') ?? global.slackAppUrl;
    return { kind: 'slack', apiUrl, ...texts, http: { ...http, authorization } };
  }
  const apiUrl = section.hasSecret('api_url') ? section.secretUrl('api_url') : global.slackApiUrl;
  if (apiUrl !== undefined) return { kind: 'slack', apiUrl, ...texts, http };
  if (!inherits) return undefined; // what is wrong with it is noted
  return section.problem(
    undefined,
    'no Slack API URL nor App token set either inline or in a file',
  );
}
