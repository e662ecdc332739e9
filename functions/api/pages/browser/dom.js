/** Elements, texts and times: what both pages are made of. */

/**
 * An element with attributes and children. A function as value listens to the event of that name; a
 * boolean is an attribute that is there or not.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Readonly<Record<string, string | boolean | ((event: Event) => void)>>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (typeof value === 'boolean') element.toggleAttribute(name, value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/**
 * The element of the page with this id.
 *
 * @param {string} id
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`no element #${id}`);
  return element;
}

/**
 * A message for eyes and screen readers alike; `''` takes it away.
 *
 * @param {string} text
 * @param {'error' | 'note'} kind
 */
export function say(text, kind) {
  const status = byId('status');
  status.className = kind;
  status.textContent = text;
}

/** @param {unknown} error */
export function errorText(error) {
  return error instanceof Error ? error.message : String(error);
}

/**
 * How long something has lasted: `5 min`, `3 h 20 min`, `2 d 4 h`.
 *
 * @param {number} ms
 */
export function lasting(ms) {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  if (minutes < 1) return 'less than a minute';
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return joined([hours, 'h'], [minutes % 60, 'min']);
  return joined([Math.floor(hours / 24), 'd'], [hours % 24, 'h']);
}

/**
 * @param {readonly [number, string]} first
 * @param {readonly [number, string]} second
 */
function joined(first, second) {
  return [first, second]
    .filter(([count]) => count > 0)
    .map((part) => part.join(' '))
    .join(' ');
}

/**
 * The time of day here; with the date unless that is today's.
 *
 * @param {number} ms
 */
export function clockText(ms) {
  const time = new Date(ms);
  const isToday = time.toDateString() === new Date().toDateString();
  return time.toLocaleString(undefined, {
    ...(isToday ? {} : { day: 'numeric', month: 'short' }),
    hour: '2-digit',
    minute: '2-digit',
  });
}
