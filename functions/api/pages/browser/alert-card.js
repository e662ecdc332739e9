/** One alert as people see it. */
import { clockText, el, lasting } from './dom.js';
import { shortNumber } from './scale.js';

/**
 * As `/api/v2/alerts` has it.
 *
 * @typedef {{
 *   readonly fingerprint: string,
 *   readonly labels: Readonly<Record<string, string>>,
 *   readonly annotations: Readonly<Record<string, string>>,
 *   readonly startsAt: string,
 *   readonly generatorURL?: string,
 *   readonly receivers: readonly { readonly name: string }[],
 *   readonly status: {
 *     readonly state: string,
 *     readonly silencedBy: readonly string[],
 *     readonly inhibitedBy: readonly string[],
 *     readonly mutedBy: readonly string[],
 *   },
 *   readonly noDataSince?: string,
 *   readonly flapping?: { readonly times: number, readonly since: string },
 *   readonly acknowledgement?: { readonly by: string, readonly note: string, readonly until: string },
 * }} Alert
 */

/**
 * As `/api/v1/alerts` has it.
 *
 * @typedef {{
 *   readonly labels: Readonly<Record<string, string>>,
 *   readonly annotations: Readonly<Record<string, string>>,
 *   readonly state: string,
 *   readonly activeAt: string,
 *   readonly value: string,
 * }} RuleAlert
 */

const SEVERITIES = ['critical', 'warning', 'info'];

/** @param {Alert | RuleAlert} alert */
export function severityRank({ labels }) {
  const rank = SEVERITIES.indexOf(labels['severity'] ?? '');
  return rank < 0 ? SEVERITIES.length : rank;
}

/**
 * @param {Alert} alert
 * @param {string | undefined} value of the rule's expression, as text
 * @param {readonly HTMLElement[]} buttons
 */
export function firingCard(alert, value, buttons) {
  const { labels, annotations, startsAt, noDataSince, receivers, generatorURL } = alert;
  const startsAtMs = Date.parse(startsAt);
  const seen =
    value === undefined
      ? ''
      : ` · ${noDataSince ? 'last value' : 'value'} ${shortNumber(Number(value))}`;
  return el(
    'article',
    { class: `card alert ${severityClass(labels)}`, 'aria-label': titleOf(labels) },
    el('h3', {}, titleOf(labels), ...badges(alert)),
    ...summaryOf(annotations),
    el(
      'p',
      { class: 'quiet' },
      `for ${lasting(Date.now() - startsAtMs)}, since ${clockText(startsAtMs)}${seen}`,
    ),
    el(
      'details',
      {},
      el('summary', {}, 'Details'),
      ...paragraph(annotations['description'] ?? ''),
      labelList(labels),
      el('p', { class: 'quiet' }, `Told to ${receivers.map(({ name }) => name).join(', ')}`),
    ),
    el('div', { class: 'bar' }, ...links(generatorURL, annotations['runbook_url']), ...buttons),
  );
}

/** @param {RuleAlert} alert */
export function pendingCard({ labels, annotations, activeAt, value }) {
  const activeAtMs = Date.parse(activeAt);
  return el(
    'article',
    { class: `card alert ${severityClass(labels)}`, 'aria-label': titleOf(labels) },
    el('h3', {}, titleOf(labels), badge('pending', '')),
    ...summaryOf(annotations),
    el(
      'p',
      { class: 'quiet' },
      `true for ${lasting(Date.now() - activeAtMs)}, since ${clockText(activeAtMs)} · value ${shortNumber(Number(value))}`,
    ),
  );
}

/** @param {Readonly<Record<string, string>>} labels */
export function titleOf({ alertname = '', vm, container, host }) {
  const things = [vm, container].filter((name) => name !== undefined);
  const place = [...things, ...(host === undefined ? [] : [host])].join(' on ');
  return place === '' ? alertname : `${alertname}: ${place}`;
}

/** @param {Readonly<Record<string, string>>} labels */
function severityClass({ severity = '' }) {
  return SEVERITIES.includes(severity) ? severity : 'unrated';
}

/** @param {Readonly<Record<string, string>>} annotations */
function summaryOf({ summary, message }) {
  return paragraph(summary ?? message ?? '');
}

/** @param {string} text */
function paragraph(text) {
  return text.trim() === '' ? [] : [el('p', {}, text.trim())];
}

/** @param {Alert} alert */
function badges({ labels, status, noDataSince, flapping, acknowledgement }) {
  const severity = labels['severity'] ?? '';
  return [
    ...(severity === '' ? [] : [badge(severity, 'severity')]),
    ...(noDataSince === undefined
      ? []
      : [badge(`no data since ${clockText(Date.parse(noDataSince))}`, 'attention')]),
    ...(flapping === undefined
      ? []
      : [
          badge(
            `flapping, ${flapping.times} times since ${clockText(Date.parse(flapping.since))}`,
            'attention',
          ),
        ]),
    ...(status.silencedBy.length === 0 ? [] : [badge('silenced', '')]),
    ...(status.inhibitedBy.length === 0 ? [] : [badge('muted by another alert', '')]),
    ...(status.mutedBy.length === 0 ? [] : [badge(`muted: ${status.mutedBy.join(', ')}`, '')]),
    ...(acknowledgement === undefined
      ? []
      : [
          badge(
            `acknowledged by ${acknowledgement.by} until ${clockText(Date.parse(acknowledgement.until))}`,
            'good',
          ),
        ]),
  ];
}

/**
 * @param {string} text
 * @param {'' | 'severity' | 'attention' | 'good'} kind
 */
function badge(text, kind) {
  return el('span', { class: `badge ${kind}` }, text);
}

/** @param {Readonly<Record<string, string>>} labels */
function labelList(labels) {
  const pairs = Object.entries(labels).map(([name, value]) =>
    el('li', {}, el('code', {}, `${name}=${JSON.stringify(value)}`)),
  );
  return el('ul', { class: 'labels', 'aria-label': 'Labels' }, ...pairs);
}

/**
 * @param {string | undefined} generatorUrl the address of people; this page may have been reached under another
 * @param {string | undefined} runbookUrl
 */
function links(generatorUrl, runbookUrl) {
  const graph = URL.parse(generatorUrl ?? '');
  const runbook = URL.parse(runbookUrl ?? '');
  return [
    ...(graph === null ? [] : [el('a', { href: `graph${graph.search}` }, 'Graph')]),
    // Whatever a rule file says: no script is run from there.
    ...(runbook === null || !['http:', 'https:'].includes(runbook.protocol)
      ? []
      : [el('a', { href: runbook.href, rel: 'noreferrer noopener' }, 'Runbook')]),
  ];
}
