import type { Notification } from '../alertmanager/notification-types.ts';
import { headlineOf, titleOf } from './headline.ts';
import { slackTextOf, slackTitleOf, teamsTextOf, withoutTeamsLinks } from './markup.ts';
import { briefOf, emailOf } from './message.ts';
import { cutChars } from './shorten.ts';

type TextOf = (notification: Notification, externalUrl: string) => string;

const nothing: TextOf = () => '';
const product: TextOf = () => 'Hypervigil';
const url: TextOf = (_, externalUrl) => externalUrl;
const title: TextOf = (notification) => titleOf(notification);
const teamsTitle: TextOf = (notification) => withoutTeamsLinks(titleOf(notification));
const teamsSummary: TextOf = (notification) =>
  withoutTeamsLinks(cutChars(headlineOf(notification), 1000));

/** The default texts by the names that Alertmanager gives its own, so that a file can redefine them. */
const DEFAULT_TEXTS = {
  __subject: title,
  __alertmanager: product,
  __alertmanagerURL: url,
  __description: nothing,
  'sns.default.subject': title,
  'sns.default.message': emailOf,
  'slack.default.title': slackTitleOf,
  'slack.default.titlelink': url,
  'slack.default.pretext': nothing,
  'slack.default.text': slackTextOf,
  'slack.default.fallback': slackTitleOf,
  'slack.default.color': ({ status }) => (status === 'firing' ? 'danger' : 'good'),
  'slack.default.username': product,
  'slack.default.iconemoji': nothing,
  'slack.default.iconurl': nothing,
  'msteams.default.title': teamsTitle,
  'msteams.default.summary': teamsSummary,
  'msteams.default.text': teamsTextOf,
  'msteamsv2.default.title': teamsTitle,
  'msteamsv2.default.text': teamsTextOf,
  'pagerduty.default.description': title,
  'pagerduty.default.client': product,
  'pagerduty.default.clientURL': url,
  'ntfy.default.title': title,
  'ntfy.default.message': briefOf,
} as const satisfies Readonly<Record<string, TextOf>>;

export type DefaultText = keyof typeof DEFAULT_TEXTS;

/** One of the default texts, which needs no template. */
export function defaultText(
  name: DefaultText,
  notification: Notification,
  externalUrl: string,
): string {
  return DEFAULT_TEXTS[name](notification, externalUrl);
}

export function isDefaultText(name: string): name is DefaultText {
  return Object.hasOwn(DEFAULT_TEXTS, name);
}

/** The template function that gives a default text by its name. */
export const DEFAULT_TEXT_FUNCTION = 'defaultText';

/** Lists of alerts as Alertmanager's templates of these names write them, for texts made for it. */
const ALERT_LISTS = `
{{ define "__text_alert_list" }}{{ range . }}Labels:
{{ range .Labels.SortedPairs }} - {{ .Name }} = {{ .Value }}
{{ end }}Annotations:
{{ range .Annotations.SortedPairs }} - {{ .Name }} = {{ .Value }}
{{ end }}{{ with .GeneratorURL }}Source: {{ . }}
{{ end }}{{ end }}{{ end }}
{{ define "__text_alert_list_markdown" }}{{ range . }}
Labels:
{{ range .Labels.SortedPairs }}  - {{ .Name }} = {{ .Value }}
{{ end }}
Annotations:
{{ range .Annotations.SortedPairs }}  - {{ .Name }} = {{ .Value }}
{{ end }}{{ with .GeneratorURL }}
Source: {{ . }}
{{ end }}{{ end }}
{{ end }}
{{ define "pagerduty.default.instances" }}{{ template "__text_alert_list" . }}{{ end }}
`;

/** The templates that exist before any file is read. */
export const DEFAULT_TEMPLATES = [
  ALERT_LISTS,
  ...Object.keys(DEFAULT_TEXTS).map(
    (name) => `{{ define "${name}" }}{{ ${DEFAULT_TEXT_FUNCTION} "${name}" }}{{ end }}`,
  ),
].join('\n');
