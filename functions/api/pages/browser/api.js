/** Asks the API that this page came from, with the token a person gave. */
import { byId, el, errorText, say } from './dom.js';

const TOKEN = 'hypervigil.token';

/** The API answered, and not with what was asked for. Its words are the message. */
export class Refused extends Error {
  /**
   * @param {string} message
   * @param {number} status of HTTP
   */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/**
 * What to send: a form as Prometheus takes it, or JSON.
 *
 * @typedef {{
 *   readonly method?: string,
 *   readonly form?: Readonly<Record<string, string>>,
 *   readonly json?: unknown,
 *   readonly signal?: AbortSignal,
 * }} Asked
 */

/**
 * The answer as JSON, `null` when there is none. Asks for the token where that is missing or
 * wrong. Rejects with `Refused`, or when nothing answers.
 *
 * @template T
 * @param {string} path relative, so that the page works below any address
 * @param {Asked} [asked]
 * @returns {Promise<T>}
 */
export async function ask(path, asked = {}) {
  for (let problem = ''; ; ) {
    const token = tokenOf() ?? (await signIn(problem));
    const response = await send(path, asked, token);
    const text = await response.text();
    if (response.ok) return JSON.parse(text || 'null');
    problem = reasonOf(text) || `${response.status} ${response.statusText}`;
    if (response.status !== 401) throw new Refused(problem, response.status);
    if (tokenOf() === token) forgetToken();
  }
}

/**
 * @param {string} path
 * @param {Asked} asked
 * @param {string} token
 */
async function send(path, { method, form, json, signal }, token) {
  const body = form ? new URLSearchParams(form) : json === undefined ? null : JSON.stringify(json);
  try {
    return await fetch(path, {
      method: method ?? (body === null ? 'GET' : 'POST'),
      body,
      headers: {
        authorization: `Bearer ${token}`,
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      },
      // The browser's own question for a name and a password would stand before ours.
      credentials: 'omit',
      cache: 'no-store',
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Error(`Hypervigil does not answer: ${errorText(error)}`);
  }
}

/**
 * Prometheus' form of an error, either of Alertmanager's, or whatever it is.
 *
 * @param {string} text
 */
function reasonOf(text) {
  try {
    const body = JSON.parse(text);
    if (typeof body === 'string') return body;
    if (typeof body.error === 'string') return `${body.errorType}: ${body.error}`;
    return String(body.message ?? text);
  } catch {
    return text;
  }
}

function tokenOf() {
  return sessionStorage.getItem(TOKEN) ?? localStorage.getItem(TOKEN);
}

function forgetToken() {
  sessionStorage.removeItem(TOKEN);
  localStorage.removeItem(TOKEN);
  byId('sign-out').hidden = true;
}

/** @type {Promise<string> | undefined} */
let signingIn;

/**
 * Asks for the token; once, however many requests wait for it.
 *
 * @param {string} problem with the one there was
 */
function signIn(problem) {
  signingIn ??= askForToken(problem).finally(() => {
    signingIn = undefined;
  });
  return signingIn;
}

/**
 * @param {string} problem
 * @returns {Promise<string>}
 */
function askForToken(problem) {
  say('', 'note');
  const token = el('input', {
    ...{ id: 'token', type: 'password', required: true, autocomplete: 'current-password' },
    ...{ placeholder: 'hvt_…', 'aria-describedby': 'token-help' },
  });
  const keep = el('input', { type: 'checkbox' });
  return new Promise((resolve) => {
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      const value = token.value.trim();
      (keep.checked ? localStorage : sessionStorage).setItem(TOKEN, value);
      byId('sign-out').hidden = false;
      box.remove();
      resolve(value);
    };
    const form = el(
      'form',
      { class: 'sign-in', submit },
      el('h2', { id: 'token-title' }, 'An API token, please'),
      ...(problem === '' ? [] : [el('p', { class: 'error', role: 'alert' }, problem)]),
      // For password managers.
      el('input', { autocomplete: 'username', value: 'hypervigil', hidden: true }),
      el('label', { for: 'token' }, 'Token'),
      token,
      el('p', { class: 'quiet', id: 'token-help' }, 'It stays in this tab and is sent here only.'),
      el('label', { class: 'check' }, keep, 'Keep it on this device'),
      el('button', { class: 'primary' }, 'Continue'),
    );
    // Above whatever else a person is asked. There is nothing to see without a token, so Escape opens it anew.
    const close = () => box.showModal();
    const box = el('dialog', { close, 'aria-labelledby': 'token-title' }, form);
    document.body.append(box);
    box.showModal();
  });
}

/** The button in the page's head that forgets the token. */
export function wireSignOut() {
  const button = byId('sign-out');
  button.hidden = tokenOf() === null;
  button.addEventListener('click', () => {
    forgetToken();
    location.reload();
  });
}
