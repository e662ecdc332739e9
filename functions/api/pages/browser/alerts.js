/** `/alerts`: what fires, what will, and what is silenced. */
import { firingCard, pendingCard, severityRank, titleOf } from './alert-card.js';
import { ask, whoAmI, wireSignOut } from './api.js';
import { byId, el, errorText, say } from './dom.js';
import { matchersOf, matcherText, readMatchers } from './matchers.js';
import { askName, askSilence, knownName, signAs } from './questions.js';
import { postSilence, silenceCard } from './silences.js';

/**
 * @typedef {import('./alert-card.js').Alert} Alert
 * @typedef {import('./alert-card.js').RuleAlert} RuleAlert
 * @typedef {import('./silences.js').Silence} Silence
 * @typedef {import('./api.js').Caller} Caller
 */

const REFRESH_MS = 30_000;
const HOURS = 2;
/** Beyond it a page is a list nobody reads, and slow on a phone. */
const MOST_CARDS = 200;

const filter = el('input', {
  ...{ id: 'filter', type: 'search', spellcheck: false, autocapitalize: 'off' },
  placeholder: 'host="web-1" or a word',
  change: () => void refresh(),
});
const lists = el('div', {});
const updated = el('span', { class: 'quiet' });
const person = el('button', { type: 'button', class: 'plain', click: () => void changeName() });
const silenceButton = el(
  'button',
  { type: 'button', hidden: true, click: () => void newSilence(filter.value) },
  'New silence',
);
const mayNot = el('p', { class: 'quiet', hidden: true });

/** Only the newest answer is shown. */
let latest = 0;

async function refresh() {
  const mine = ++latest;
  try {
    const { matchers, word } = readFilter();
    const query = matchers.map((one) => `filter=${encodeURIComponent(matcherText(one))}`).join('&');
    const [who, firing, rules, silences] = await Promise.all([
      whoAmI(),
      /** @type {Promise<readonly Alert[]>} */ (ask(`api/v2/alerts?${query}`)),
      /** @type {Promise<{ readonly data: { readonly alerts: readonly RuleAlert[] } }>} */ (
        ask('api/v1/alerts')
      ),
      /** @type {Promise<readonly Silence[]>} */ (ask('api/v2/silences?expired=false')),
    ]);
    if (mine !== latest) return;
    showWho(who);
    show(
      who.may,
      firing.filter((alert) => hasWord(alert, word)),
      rules.data.alerts,
      rules.data.alerts.filter(
        (alert) => alert.state === 'pending' && matchers.length === 0 && hasWord(alert, word),
      ),
      silences,
    );
    updated.textContent = `as of ${new Date().toLocaleTimeString()}`;
    if (byId('status').className === 'error') say('', 'note');
  } catch (error) {
    if (mine === latest) say(errorText(error), 'error');
  }
}

/**
 * What somebody may not do is not offered; that it takes another role is said once.
 *
 * @param {Caller} who
 */
function showWho({ name, kind, role, may }) {
  signAs(kind === 'session' ? name : '');
  person.textContent = personText();
  person.hidden = kind === 'session' || !(may.silence || may.acknowledge);
  silenceButton.hidden = !may.silence;
  mayNot.hidden = may.silence && may.acknowledge;
  mayNot.textContent = `Your role is ${role}: to acknowledge and silence alerts takes operator.`;
}

/** Matchers, or a word that an alert has anywhere. */
function readFilter() {
  const text = filter.value.trim();
  return /[=~]/.test(text)
    ? { matchers: readMatchers(text), word: '' }
    : { matchers: [], word: text.toLowerCase() };
}

/**
 * @param {Alert | RuleAlert} alert
 * @param {string} word
 */
function hasWord({ labels, annotations }, word) {
  const texts = [...Object.values(labels), annotations['summary'] ?? ''];
  return texts.some((text) => text.toLowerCase().includes(word));
}

/** @param {Readonly<Record<string, string>>} labels */
function identity(labels) {
  return JSON.stringify(Object.entries(labels).sort());
}

/**
 * @param {Caller['may']} may
 * @param {readonly Alert[]} firing
 * @param {readonly RuleAlert[]} rules
 * @param {readonly RuleAlert[]} pending
 * @param {readonly Silence[]} silences
 */
function show(may, firing, rules, pending, silences) {
  const values = new Map(rules.map(({ labels, value }) => [identity(labels), value]));
  const inOrder = firing.toSorted(
    (a, b) => severityRank(a) - severityRank(b) || Date.parse(b.startsAt) - Date.parse(a.startsAt),
  );
  const card = (/** @type {Alert} */ alert) =>
    firingCard(alert, values.get(identity(alert.labels)), buttonsOf(alert, may));
  const active = inOrder.filter(({ status }) => status.state !== 'suppressed');
  const muted = inOrder.filter(({ status }) => status.state === 'suppressed');
  const opened = openDetails();
  lists.replaceChildren(
    section('Firing', active.map(card), 'Nothing fires.'),
    section('Muted', muted.map(card), ''),
    section('Pending', pending.map(pendingCard), ''),
    section(
      'Silences',
      silences.map((one) => silenceCard(one, may.silence ? () => void expire(one) : undefined)),
      'No silence holds.',
    ),
  );
  for (const article of lists.querySelectorAll('article')) {
    const details = article.querySelector('details');
    if (details !== null && opened.has(article.ariaLabel)) details.open = true;
  }
  document.title = `${active.length > 0 ? `(${active.length}) ` : ''}Alerts · Hypervigil`;
}

/** What stays open when the page is drawn anew. */
function openDetails() {
  const open = lists.querySelectorAll('details[open]');
  return new Set([...open].map((details) => details.closest('article')?.ariaLabel ?? null));
}

/**
 * @param {string} title
 * @param {readonly HTMLElement[]} cards
 * @param {string} none what to say instead; `''`: the section is left out
 */
function section(title, cards, none) {
  if (cards.length === 0 && none === '') return el('div', { hidden: true });
  const left = cards.length - MOST_CARDS;
  return el(
    'section',
    { 'aria-label': title },
    el('h2', {}, title, ' ', el('span', { class: 'count' }, String(cards.length))),
    ...(cards.length === 0 ? [el('p', { class: 'quiet' }, none)] : cards.slice(0, MOST_CARDS)),
    ...(left > 0 ? [el('p', { class: 'quiet' }, `… and ${left} more: filter them.`)] : []),
  );
}

/**
 * @param {Alert} alert
 * @param {Caller['may']} may
 */
function buttonsOf(alert, may) {
  const title = titleOf(alert.labels);
  const button = (/** @type {string} */ text, /** @type {() => Promise<string>} */ act) =>
    el(
      'button',
      { type: 'button', 'aria-label': `${text}: ${title}`, click: () => void doing(act) },
      text,
    );
  const acknowledge = button(`Acknowledge ${HOURS} h`, async () => {
    const by = await askName();
    if (by === undefined) return '';
    await ask('v1/acknowledgements', {
      json: { fingerprint: alert.fingerprint, by, for: `${HOURS}h` },
    });
    return `${title} is acknowledged: no repeats, no escalation for ${HOURS} hours.`;
  });
  const withdraw = button('Withdraw acknowledgement', async () => {
    const path = `v1/acknowledgements?fingerprint=${encodeURIComponent(alert.fingerprint)}`;
    await ask(path, { method: 'DELETE' });
    return `${title} is no longer acknowledged.`;
  });
  const silence = button(`Silence ${HOURS} h`, async () => {
    const name = await askName();
    if (name === undefined) return '';
    await postSilence(
      matchersOf(alert.labels),
      name,
      HOURS,
      `${title}, silenced on the alerts page`,
    );
    return `${title} is silenced for ${HOURS} hours.`;
  });
  return [
    ...(may.acknowledge ? [alert.acknowledgement === undefined ? acknowledge : withdraw] : []),
    ...(may.silence && alert.status.silencedBy.length === 0 ? [silence] : []),
  ];
}

/**
 * Does what a button is for, says what came of it, and shows how things are then.
 *
 * @param {() => Promise<string>} act `''` when it was called off
 */
async function doing(act) {
  try {
    const text = await act();
    person.textContent = personText();
    if (text === '') return;
    say(text, 'note');
    await refresh();
  } catch (error) {
    say(errorText(error), 'error');
  }
}

/** @param {Silence} silence */
function expire({ id }) {
  return doing(async () => {
    await ask(`api/v2/silence/${id}`, { method: 'DELETE' });
    return 'The silence has ended.';
  });
}

/** @param {string} matchers what the form begins with */
async function newSilence(matchers) {
  await doing(async () => {
    const isSaved = await askSilence({ matchers, comment: '' }, async (wanted) => {
      const read = readMatchers(wanted.matchers);
      await postSilence(read, wanted.name, wanted.hours, wanted.comment);
    });
    return isSaved ? 'The silence holds.' : '';
  });
}

function personText() {
  return knownName() === '' ? 'Say who you are' : `You are ${knownName()}`;
}

async function changeName() {
  await askName(true);
  person.textContent = personText();
}

/**
 * `/alerts?filter=...`, and the links of Alertmanager's own messages: `#/alerts?filter=...` and
 * `#/silences/new?filter=...`.
 */
function readAddress() {
  const { searchParams, hash } = new URL(location.href);
  const [path = '', query = ''] = hash.slice(1).split('?', 2);
  const wanted = new URLSearchParams(query).get('filter') ?? searchParams.get('filter') ?? '';
  if (path.startsWith('/silences/new')) return void newSilence(bare(wanted));
  filter.value = bare(wanted);
}

/** @param {string} text */
function bare(text) {
  return text.trim().replace(/^\{(.*)\}$/s, '$1');
}

byId('main').append(
  el(
    'form',
    {
      class: 'bar tools',
      submit: (event) => {
        event.preventDefault();
        void refresh();
      },
    },
    el('label', { for: 'filter', class: 'hidden' }, 'Filter'),
    filter,
    el('button', {}, 'Refresh'),
    silenceButton,
    person,
    updated,
  ),
  mayNot,
  lists,
);
person.textContent = personText();
wireSignOut();
readAddress();
void refresh();
addEventListener('hashchange', () => {
  readAddress();
  void refresh();
});
setInterval(() => {
  if (document.visibilityState === 'visible' && document.querySelector('dialog') === null)
    void refresh();
}, REFRESH_MS);
