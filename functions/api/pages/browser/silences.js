/** Silences as people make and see them. */
import { ask } from './api.js';
import { clockText, el } from './dom.js';
import { matcherText } from './matchers.js';

/**
 * As `/api/v2/silences` has it.
 *
 * @typedef {import('./matchers.js').Matcher} Matcher
 * @typedef {{
 *   readonly id: string,
 *   readonly status: { readonly state: string },
 *   readonly comment: string,
 *   readonly createdBy: string,
 *   readonly startsAt: string,
 *   readonly endsAt: string,
 *   readonly matchers: readonly Matcher[],
 * }} Silence
 */

const HOUR_MS = 3_600_000;

/**
 * Silences alerts from now on.
 *
 * @param {readonly Matcher[]} matchers
 * @param {string} createdBy
 * @param {number} hours
 * @param {string} comment
 */
export async function postSilence(matchers, createdBy, hours, comment) {
  const nowMs = Date.now();
  const startsAt = new Date(nowMs).toISOString();
  const endsAt = new Date(nowMs + hours * HOUR_MS).toISOString();
  await ask('api/v2/silences', { json: { matchers, startsAt, endsAt, createdBy, comment } });
}

/**
 * @param {Silence} silence
 * @param {(() => void) | undefined} expire `undefined`: this person may not
 */
export function silenceCard(
  { id, matchers, comment, createdBy, startsAt, endsAt, status },
  expire,
) {
  const begins = status.state === 'pending' ? `from ${clockText(Date.parse(startsAt))} ` : '';
  const texts = matchers.map(matcherText);
  return el(
    'article',
    { class: 'card', id: `silence-${id}` },
    el('ul', { class: 'labels' }, ...texts.map((text) => el('li', {}, el('code', {}, text)))),
    el('p', {}, comment),
    el('p', { class: 'quiet' }, `${begins}until ${clockText(Date.parse(endsAt))}, by ${createdBy}`),
    ...(expire === undefined ? [] : [expireBar(texts.join(', '), expire)]),
  );
}

/**
 * @param {string} what
 * @param {() => void} expire
 */
function expireBar(what, expire) {
  const attributes = { type: 'button', 'aria-label': `Expire: ${what}`, click: expire };
  return el('div', { class: 'bar' }, el('button', attributes, 'Expire'));
}
