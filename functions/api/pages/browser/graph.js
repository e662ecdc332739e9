/** `/graph`: what an expression gives now, and over the last hours. */
import { ask, Refused, wireSignOut } from './api.js';
import { byId, el, errorText, say } from './dom.js';
import { drawSeries, identity, MOST_LINES, seriesText } from './series.js';
import { thresholdOf } from './threshold.js';

/**
 * @typedef {import('./chart.js').Point} Point
 * @typedef {{ readonly metric: Labels, readonly value: Point }} Sample
 * @typedef {import('./series.js').Labels} Labels
 * @typedef {import('./series.js').Series} Series
 * @typedef {{ readonly warnings?: readonly string[], readonly infos?: readonly string[] }} Notes
 * @typedef {Notes & { readonly data: { readonly resultType: string, readonly result: readonly unknown[] } }} Instant
 * @typedef {Notes & { readonly data: { readonly result: readonly Series[] } }} Ranges
 */

/** Each with a step that makes some 300 points. */
const RANGES = new Map([
  ['1h', { seconds: 3600, step: 15 }],
  ['6h', { seconds: 6 * 3600, step: 60 }],
  ['24h', { seconds: 24 * 3600, step: 300 }],
  ['7d', { seconds: 7 * 24 * 3600, step: 1800 }],
]);
const MOST_ROWS = 500;

const expr = el('textarea', {
  ...{ id: 'expr', rows: '2', spellcheck: false, autocapitalize: 'off', autocomplete: 'off' },
  keydown: (event) => {
    if (!(event instanceof KeyboardEvent) || event.key !== 'Enter' || event.shiftKey) return;
    event.preventDefault();
    go();
  },
  input: fitHeight,
});
const ranges = [...RANGES.keys()].map((name) =>
  el('input', { type: 'radio', name: 'range', id: `range-${name}`, value: name, change: go }),
);
const chartArea = el('div', { class: 'chart' });
const chartNote = el('p', { class: 'quiet' });
const legend = el('ul', { class: 'legend' });
const table = el('div', { class: 'table' });

/** Of the run that is under way; the one before it is no longer wanted. */
let running = new AbortController();
/** Draws the chart anew for the width there is. */
let redraw = () => {};

function fitHeight() {
  expr.style.height = 'auto';
  expr.style.height = `${expr.scrollHeight + 2}px`;
}

/** Notes what is asked in the address, so that it can be shared and gone back to, and asks. */
function go() {
  const address = new URL(location.href);
  address.searchParams.set('g0.expr', expr.value);
  address.searchParams.set('g0.range_input', rangeName());
  if (address.href !== location.href) history.pushState(null, '', address);
  void run();
}

function rangeName() {
  return ranges.find(({ checked }) => checked)?.value ?? '1h';
}

function readAddress() {
  const { searchParams } = new URL(location.href);
  expr.value = searchParams.get('g0.expr') ?? '';
  const wanted = searchParams.get('g0.range_input') ?? '1h';
  for (const radio of ranges) radio.checked = radio.value === (RANGES.has(wanted) ? wanted : '1h');
  fitHeight();
}

async function run() {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  const query = expr.value.trim();
  redraw = () => {};
  document.title = query === '' ? 'Graph · Hypervigil' : `${query} · Hypervigil`;
  for (const part of [chartArea, legend, table]) part.replaceChildren();
  chartNote.textContent = '';
  if (query === '')
    return say('Write an expression in PromQL, such as host_cpu_usage_percent.', 'note');
  say('Reading …', 'note');
  try {
    const now = Date.now() / 1000;
    const instant = await ask('api/v1/query', { form: { query, time: String(now) }, signal });
    say('', 'note');
    showTable(/** @type {Instant} */ (instant), now);
    chartNote.textContent = 'Drawing …';
    await showChart(query, /** @type {Instant} */ (instant), now, signal);
  } catch (error) {
    if (signal.aborted) return;
    chartNote.textContent = '';
    say(errorText(error), 'error');
  }
}

/**
 * @param {Instant} answer
 * @param {number} now
 */
function showTable({ data, warnings = [], infos = [] }, now) {
  /** @type {readonly (readonly [string, string])[]} */
  const rows =
    data.resultType === 'vector'
      ? /** @type {readonly Sample[]} */ (data.result).map(({ metric, value }) => [
          seriesText(metric),
          value[1],
        ])
      : data.resultType === 'matrix'
        ? /** @type {readonly Series[]} */ (data.result).map(({ metric, values }) => [
            seriesText(metric),
            `${values.length} samples, last ${values.at(-1)?.[1] ?? ''}`,
          ])
        : [[data.resultType, String(data.result[1])]];
  const left = rows.length - MOST_ROWS;
  table.replaceChildren(
    el(
      'table',
      {},
      el(
        'caption',
        {},
        `${rows.length} ${rows.length === 1 ? 'result' : 'results'} at ${new Date(now * 1000).toLocaleTimeString()}`,
      ),
      el(
        'thead',
        {},
        el('tr', {}, el('th', { scope: 'col' }, 'Series'), el('th', { scope: 'col' }, 'Value')),
      ),
      el(
        'tbody',
        {},
        ...rows
          .slice(0, MOST_ROWS)
          .map(([name, value]) =>
            el('tr', {}, el('td', {}, el('code', {}, name)), el('td', { class: 'number' }, value)),
          ),
      ),
    ),
    ...(rows.length > 0
      ? []
      : [
          el(
            'p',
            { class: 'quiet' },
            'No series has a value now. An alert of this expression would not fire.',
          ),
        ]),
    ...(left > 0 ? [el('p', { class: 'quiet' }, `… and ${left} more.`)] : []),
    ...[...warnings, ...infos].map((text) => el('p', { class: 'warning' }, text)),
  );
}

/**
 * The left side of a comparison with a number is what a chart of it is about: the expression itself
 * has nothing to show but what is beyond the threshold.
 *
 * @param {string} query
 * @param {Instant} instant
 * @param {number} now
 * @param {AbortSignal} signal
 */
async function showChart(query, instant, now, signal) {
  if (!['vector', 'scalar'].includes(instant.data.resultType)) {
    chartNote.textContent = `A ${instant.data.resultType} has no chart.`;
    return;
  }
  const { seconds, step } = RANGES.get(rangeName()) ?? { seconds: 3600, step: 15 };
  const to = Math.floor(now / step) * step;
  const range = { from: to - seconds, to, step };
  const limit = thresholdOf(query);
  const asked = (/** @type {string} */ text) =>
    /** @type {Promise<Ranges>} */ (
      ask('api/v1/query_range', {
        form: { query: text, start: String(range.from), end: String(to), step: String(step) },
        signal,
      })
    );
  const wide = limit === undefined ? undefined : await asked(limit.left).catch(ifTooMuch);
  const { data } = wide ?? (await asked(query));
  const firing = new Set(
    limit === undefined
      ? []
      : /** @type {readonly Sample[]} */ (instant.data.result).map(({ metric }) =>
          identity(metric),
        ),
  );
  const inOrder = data.result.toSorted(
    (a, b) => Number(firing.has(identity(b.metric))) - Number(firing.has(identity(a.metric))),
  );
  if (inOrder.length > 0) redraw = drawSeries(inOrder, range, limit, { area: chartArea, legend });
  const left = inOrder.length - MOST_LINES;
  const lacking = wide === undefined && limit !== undefined;
  chartNote.textContent = [
    ...(inOrder.length === 0 ? ['Nothing to draw: no series has samples in this time.'] : []),
    ...(left > 0 ? [`The first ${MOST_LINES} of ${inOrder.length} series.`] : []),
    ...(lacking ? ['Only what is beyond the threshold: all of it is too much to read.'] : []),
  ].join(' ');
}

/**
 * The whole fleet may be more than a query may read, where what fires is not.
 *
 * @param {unknown} error
 */
function ifTooMuch(error) {
  if (error instanceof Refused && error.status === 422) return undefined;
  throw error;
}

byId('main').append(
  el(
    'form',
    {
      class: 'query',
      submit: (event) => {
        event.preventDefault();
        go();
      },
    },
    el('label', { for: 'expr' }, 'Expression'),
    expr,
    el(
      'div',
      { class: 'bar' },
      el(
        'fieldset',
        { class: 'choice' },
        el('legend', { class: 'hidden' }, 'Time range'),
        ...ranges.flatMap((radio) => [radio, el('label', { for: radio.id }, radio.value)]),
      ),
      el('button', { class: 'primary' }, 'Run'),
    ),
  ),
  el('section', { class: 'card', 'aria-label': 'Chart' }, chartArea, chartNote, legend),
  el('section', { class: 'card', 'aria-label': 'Values now' }, table),
);
let width = 0;
new ResizeObserver(() => {
  if (width === chartArea.clientWidth) return;
  width = chartArea.clientWidth;
  redraw();
}).observe(chartArea);
addEventListener('popstate', () => {
  readAddress();
  void run();
});
wireSignOut();
readAddress();
void run();
