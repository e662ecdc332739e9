/** What a person is asked before something is changed. */
import { byId, el, errorText } from './dom.js';

const NAME = 'hypervigil.name';

/** Who is signed in; `''`: nobody is, and a name is what a person says it is. */
let signedIn = '';

/** @param {string} name of who is signed in */
export function signAs(name) {
  signedIn = name;
}

/** Who acknowledges and silences here; `''` until somebody said so. */
export function knownName() {
  return signedIn || (localStorage.getItem(NAME) ?? '');
}

/** @param {string} name */
function rememberName(name) {
  if (signedIn !== '') return;
  localStorage.setItem(NAME, name);
}

/**
 * The name to sign with: the remembered one, else a dialog asks.
 *
 * @param {boolean} [anew] asks even if there is one
 * @returns {Promise<string | undefined>} `undefined`: the person would rather not
 */
export async function askName(anew = false) {
  if (signedIn !== '' || (knownName() !== '' && !anew)) return knownName();
  const name = field('name', 'Your name', knownName(), { autocomplete: 'name', maxlength: '200' });
  const isGiven = await dialog('Who are you?', [name.row], 'Continue', async () =>
    rememberName(name.value()),
  );
  return isGiven ? knownName() : undefined;
}

/**
 * @typedef {{ readonly matchers: string, readonly name: string, readonly hours: number, readonly comment: string }} Wanted
 */

/**
 * Asks for everything a silence has, and tries `save` until it succeeds or the person gives up.
 *
 * @param {{ readonly matchers: string, readonly comment: string }} first
 * @param {(wanted: Wanted) => Promise<void>} save
 */
export function askSilence(first, save) {
  const matchers = field('matchers', 'Alerts with', first.matchers, { spellcheck: false });
  const hours = field('hours', 'Hours', '2', { type: 'number', min: '0.1', step: 'any' });
  const name = field('name', 'Your name', knownName(), {
    ...{ autocomplete: 'name', maxlength: '200', readonly: signedIn !== '' },
  });
  const comment = field('comment', 'Why', first.comment, {});
  const rows = [matchers.row, hours.row, name.row, comment.row];
  return dialog('New silence', rows, 'Silence', () => {
    rememberName(name.value());
    return save({
      ...{ matchers: matchers.value(), hours: Number(hours.value()) },
      ...{ name: name.value(), comment: comment.value() },
    });
  });
}

/**
 * @param {string} id
 * @param {string} label
 * @param {string} value
 * @param {Readonly<Record<string, string | boolean>>} attributes
 */
function field(id, label, value, attributes) {
  const input = el('input', { id: `ask-${id}`, required: true, value, ...attributes });
  return {
    row: el('p', {}, el('label', { for: input.id }, label), input),
    value: () => input.value.trim(),
  };
}

/**
 * @param {string} title
 * @param {readonly HTMLElement[]} rows
 * @param {string} yes
 * @param {() => Promise<void>} save its error is shown, and the person may try again
 * @returns {Promise<boolean>} whether it was saved
 */
function dialog(title, rows, yes, save) {
  return new Promise((resolve) => {
    let isSaved = false;
    const problem = el('p', { class: 'error', role: 'alert' });
    const submit = async (/** @type {Event} */ event) => {
      event.preventDefault();
      try {
        problem.textContent = '';
        await save();
        isSaved = true;
        box.close();
      } catch (error) {
        problem.textContent = errorText(error);
      }
    };
    const close = () => {
      box.remove();
      resolve(isSaved);
    };
    const box = el(
      'dialog',
      { close, 'aria-labelledby': 'dialog-title' },
      el(
        'form',
        { submit: (event) => void submit(event) },
        el('h2', { id: 'dialog-title' }, title),
        ...rows,
        problem,
        el(
          'div',
          { class: 'bar' },
          el('button', { type: 'button', click: () => box.close() }, 'Cancel'),
          el('button', { class: 'primary' }, yes),
        ),
      ),
    );
    byId('main').append(box);
    box.showModal();
  });
}
