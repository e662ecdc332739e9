import type { Notification, NotifiedAlert } from '../alertmanager/notification-types.ts';
import { factsOf, notesOf, readable } from './facts.ts';
import { titleOf } from './headline.ts';
import { cutBytes } from './shorten.ts';
import { silenceCommand } from './silence-command.ts';
import { summaryOf } from './words.ts';

const ALERTS_MAX = 10;

/** How a service writes bold text, code and links, and what it must not take for markup. */
interface Markup {
  readonly escape: (text: string) => string;
  readonly bold: (escaped: string) => string;
  readonly code: (text: string) => string;
  readonly link: (url: string, text: string) => string;
  /** Between lines of a paragraph. */
  readonly lineBreak: string;
  readonly maxBytes: number;
}

const SLACK: Markup = {
  escape: escapeSlack,
  bold: (text) => `*${text}*`,
  code: (text) => `\`${escapeSlack(text.replaceAll('`', "'"))}\``,
  link: (url, text) => `<${escapeSlack(url).replaceAll('|', '%7C')}|${text}>`,
  lineBreak: '\n',
  maxBytes: 7000, // shows whole, behind "show more"
};

const TEAMS: Markup = {
  escape: (text) => text.replaceAll(/[\\`*_{}[\]()#+!|<>~]/g, (char) => `\\${char}`),
  bold: (text) => `**${text}**`,
  code: (text) => `\`${text.replaceAll('`', "'")}\``,
  link: (url, text) => `[${text}](${url.replaceAll('(', '%28').replaceAll(')', '%29')})`,
  lineBreak: '\n\n', // a single one is a space there
  maxBytes: 15_000, // a card holds 28 KB
};

/** The default text of a Slack message, in mrkdwn. */
export function slackTextOf(notification: Notification, externalUrl: string): string {
  return markedUp(SLACK, notification, externalUrl);
}

/** The default text of a card in Teams, in its Markdown. */
export function teamsTextOf(notification: Notification, externalUrl: string): string {
  return markedUp(TEAMS, notification, externalUrl);
}

/** The title where Slack would make mentions and links of what is in labels. */
export function slackTitleOf(notification: Notification): string {
  return escapeSlack(titleOf(notification));
}

/** A title without what Teams would make links of. The brackets of ours stay as they are. */
export function withoutTeamsLinks(title: string): string {
  return title.replaceAll('](', '] (');
}

/** What Slack would take for markup, made harmless. */
function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function markedUp(markup: Markup, notification: Notification, externalUrl: string): string {
  const { alerts } = notification;
  const shown = alerts.slice(0, ALERTS_MAX).map(readable);
  const more = alerts.length - shown.length;
  const paragraphs = [
    ...notesOf(notification).map(markup.escape),
    ...shown.map((alert) => alertText(markup, alert, notification.atMs)),
    ...(more > 0 ? [`... and ${more} more.`] : []),
  ];
  const command = silenceCommand(
    alerts.filter(({ status }) => status === 'firing'),
    externalUrl,
  );
  const tail = command === undefined ? '' : `\n\nSilence it for 2 hours: ${markup.code(command)}`;
  return cutBytes(paragraphs.join('\n\n'), markup.maxBytes) + tail;
}

function alertText(markup: Markup, alert: NotifiedAlert, atMs: number): string {
  const { bold, link } = markup;
  const plain = markup.escape;
  const description = (alert.annotations['description'] ?? '').trim();
  const head = `${alert.status === 'resolved' ? 'RESOLVED: ' : ''}${summaryOf(alert)}`;
  return [
    bold(plain(head)),
    ...(description === '' || alert.status === 'resolved' ? [] : [plain(description)]),
    ...factsOf(alert, atMs).map(([name, text]) => `${bold(`${name}:`)} ${plain(text)}`),
    ...(/^https?:/.test(alert.generatorUrl) ? [link(alert.generatorUrl, 'Graph')] : []),
  ].join(markup.lineBreak);
}
