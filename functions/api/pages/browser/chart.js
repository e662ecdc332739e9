/** A line chart as plain SVG. */
import { shortNumber, tickText, timeTicks, valueTicks } from './scale.js';

/**
 * @typedef {{ readonly from: number, readonly to: number, readonly step: number }} Range in seconds
 * @typedef {{ readonly op: string, readonly value: number }} Limit
 * @typedef {readonly [number, string]} Point seconds and Prometheus' text of a number
 * @typedef {{ readonly name: string, readonly points: readonly Point[] }} Line
 */

const MARGIN = { left: 50, right: 14, top: 14, bottom: 26 };
/** Room that the text of a time takes. */
const TIME_WIDTH = 68;
export const COLOURS = 8;

/**
 * @param {string} tag
 * @param {Readonly<Record<string, string | number>>} attributes
 * @param {...(Node | string)} children
 */
function svg(tag, attributes, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/**
 * The chart, and where its cursor can be put.
 *
 * @param {readonly Line[]} lines
 * @param {Range} range
 * @param {Limit | undefined} limit drawn as a line across
 * @param {number} width in CSS pixels
 */
export function drawChart(lines, range, limit, width) {
  const height = width < 500 ? 220 : 300;
  const values = lines.flatMap(({ points }) => points.map(([, text]) => Number(text)));
  const finite = values.filter(Number.isFinite);
  const ticks = valueTicks(limit === undefined ? finite : [...finite, limit.value]);
  const [low = 0, high = 1] = [ticks[0], ticks.at(-1)];
  const right = width - MARGIN.right;
  const bottom = height - MARGIN.bottom;
  const x = (/** @type {number} */ at) =>
    MARGIN.left + ((at - range.from) / (range.to - range.from)) * (right - MARGIN.left);
  const y = (/** @type {number} */ value) =>
    bottom - ((value - low) / (high - low)) * (bottom - MARGIN.top);
  const cursor = svg('line', { class: 'cursor', y1: MARGIN.top, y2: bottom, visibility: 'hidden' });
  const chart = svg(
    'svg',
    {
      ...{ viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', tabindex: 0 },
      'aria-label': `${lines.length} series from ${tickText(range.from)} to ${tickText(range.to)}, between ${shortNumber(low)} and ${shortNumber(high)}. Left and right arrows read values.`,
    },
    ...ticks.flatMap((tick) => [
      svg('line', { class: 'grid', x1: MARGIN.left, x2: right, y1: y(tick), y2: y(tick) }),
      svg('text', { x: MARGIN.left - 8, y: y(tick) + 4, 'text-anchor': 'end' }, shortNumber(tick)),
    ]),
    ...timeTicks(range.from, range.to, (right - MARGIN.left) / TIME_WIDTH).map((at) =>
      svg(
        'text',
        { x: Math.min(x(at), width - TIME_WIDTH / 2), y: height - 6, 'text-anchor': 'middle' },
        tickText(at),
      ),
    ),
    ...lines.map(({ points }, i) =>
      svg('path', { class: `line colour-${i % COLOURS}`, d: pathOf(points, range.step, x, y) }),
    ),
    ...(limit === undefined ? [] : limitMarks(limit, y(limit.value), right)),
    cursor,
  );
  const moveTo = (/** @type {number | undefined} */ at) => {
    cursor.setAttribute('visibility', at === undefined ? 'hidden' : 'visible');
    if (at === undefined) return;
    for (const end of ['x1', 'x2']) cursor.setAttribute(end, String(x(at)));
  };
  /** The step nearest to a place on the screen. */
  const timeAt = (/** @type {number} */ clientX) => {
    const share =
      (clientX - chart.getBoundingClientRect().left - MARGIN.left) / (right - MARGIN.left);
    const steps = Math.round((share * (range.to - range.from)) / range.step);
    return Math.min(range.to, Math.max(range.from, range.from + steps * range.step));
  };
  return { chart, moveTo, timeAt };
}

/**
 * @param {Limit} limit
 * @param {number} y
 * @param {number} right
 */
function limitMarks({ op, value }, y, right) {
  const text = `${op} ${shortNumber(value)}`;
  const above = y > MARGIN.top + 14;
  return [
    svg('line', { class: 'limit', x1: MARGIN.left, x2: right, y1: y, y2: y }),
    svg('text', { class: 'limit', x: MARGIN.left + 4, y: above ? y - 5 : y + 14 }, text),
  ];
}

/**
 * Lines between neighbours; a gap where a step has no sample, a dot where a sample is alone.
 *
 * @param {readonly Point[]} points
 * @param {number} step
 * @param {(at: number) => number} x
 * @param {(value: number) => number} y
 */
function pathOf(points, step, x, y) {
  let path = '';
  let before = Number.NEGATIVE_INFINITY;
  let isAlone = false;
  for (const [at, text] of points) {
    const value = Number(text);
    if (!Number.isFinite(value)) continue;
    const place = `${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    const follows = at - before < step * 1.5;
    if (!follows && isAlone) path += 'h0';
    path += `${follows ? 'L' : 'M'}${place}`;
    isAlone = !follows;
    before = at;
  }
  return isAlone ? `${path}h0` : path;
}
