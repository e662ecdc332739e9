/** Series of a query as lines of a chart, and their names. */
import { COLOURS, drawChart } from './chart.js';
import { clockText, el } from './dom.js';
import { shortNumber } from './scale.js';

/**
 * @typedef {Readonly<Record<string, string>>} Labels
 * @typedef {{ readonly metric: Labels, readonly values: readonly import('./chart.js').Point[] }} Series
 */

/** More lines nobody can tell apart. */
export const MOST_LINES = 40;

/**
 * Draws the first of these series, with a legend whose values follow the chart's cursor.
 *
 * @param {readonly Series[]} series
 * @param {import('./chart.js').Range} range
 * @param {import('./chart.js').Limit | undefined} limit
 * @param {{ readonly area: HTMLElement, readonly legend: HTMLElement }} into
 * @returns {() => void} draws the chart anew, for the width there is then
 */
export function drawSeries(series, range, limit, { area, legend }) {
  const shown = series.slice(0, MOST_LINES);
  const names = distinctNames(shown.map(({ metric }) => metric));
  const lines = shown.map(({ values }, i) => ({ name: names[i] ?? '', points: values }));
  const values = lines.map(({ name }, i) => {
    const value = el('span', { class: 'number' }, '');
    const swatch = el('i', { class: `colour-${i % COLOURS}`, 'aria-hidden': 'true' });
    legend.append(el('li', {}, swatch, el('code', {}, name), value));
    return value;
  });
  const time = el('p', { class: 'quiet cursor-time', 'aria-live': 'polite' });
  /** @param {number | undefined} at the last values when absent */
  const read = (at) => {
    time.textContent = at === undefined ? '' : `At ${clockText(at * 1000)}:`;
    for (const [i, { points }] of lines.entries()) {
      const point =
        at === undefined
          ? points.at(-1)
          : points.find(([one]) => Math.abs(one - at) < range.step / 2);
      const value = values[i];
      if (value !== undefined)
        value.textContent = point === undefined ? '–' : shortNumber(Number(point[1]));
    }
  };
  const redraw = () => {
    const { chart, moveTo, timeAt } = drawChart(lines, range, limit, area.clientWidth);
    /** @type {number | undefined} */
    let at;
    const put = (/** @type {number | undefined} */ next) => {
      at = next;
      moveTo(at);
      read(at);
    };
    chart.addEventListener('pointermove', (event) => put(timeAt(event.clientX)));
    chart.addEventListener('pointerleave', () => put(undefined));
    chart.addEventListener('blur', () => put(undefined));
    chart.addEventListener('keydown', (event) => {
      const steps = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (steps === undefined) return;
      event.preventDefault();
      put(Math.min(range.to, Math.max(range.from, (at ?? range.to) + steps * range.step)));
    });
    area.replaceChildren(chart, time);
    put(undefined);
  };
  redraw();
  return redraw;
}

/** @param {Labels} metric */
export function seriesText({ __name__: name = '', ...labels }) {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? name || '{}' : `${name}{${pairs.join(', ')}}`;
}

/**
 * A comparison or a function may drop the name.
 *
 * @param {Labels} metric
 */
export function identity({ __name__: _, ...labels }) {
  return JSON.stringify(Object.entries(labels).sort());
}

/**
 * What tells series apart: the labels that not all of them share.
 *
 * @param {readonly Labels[]} all
 */
function distinctNames(all) {
  const [first = {}] = all;
  const isShared = (/** @type {string} */ name) =>
    all.every((labels) => labels[name] === first[name]);
  if (all.length === 1) return [seriesText(first)];
  return all.map((labels) => {
    const own = Object.entries(labels).filter(([name]) => !isShared(name));
    return seriesText(Object.fromEntries(own));
  });
}
