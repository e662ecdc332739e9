/** Asks the API that this page came from, in a person's session or with the token they gave. */
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
 * Who asks, as `/api/v1/whoami` has it.
 *
 * @typedef {{
 *   readonly name: string,
 *   readonly role: string,
 *   readonly kind: 'token' | 'session',
 *   readonly may: { readonly silence: boolean, readonly acknowledge: boolean },
 * }} Caller
 */

/**
 * The answer as JSON, `null` when there is none. Asks who it is where nobody is signed in and no token
 * is good. Rejects with `Refused`, or when nothing answers.
 *
 * @template T
 * @param {string} path relative, so that the page works below any address
 * @param {Asked} [asked]
 * @returns {Promise<T>}
 */
export async function ask(path, asked = {}) {
  for (;;) {
    const token = tokenOf();
    const response = await send(path, asked, token);
    const text = await response.text();
    if (response.ok) return JSON.parse(text || 'null');
    const problem = reasonOf(text) || `${response.status} ${response.statusText}`;
    if (response.status !== 401) throw new Refused(problem, response.status);
    // Another request may have been here first, and somebody answered.
    if (tokenOf() !== token) continue;
    const isNews = token !== null || wasKnown;
    forgetToken();
    await signIn(isNews ? problem : '', response.headers.get('x-hypervigil-sign-in'));
  }
}

/**
 * @param {string} path
 * @param {Asked} asked
 * @param {string | null} token `null`: the session that the browser's cookie is, if there is one
 */
async function send(path, { method, form, json, signal }, token) {
  const body = form ? new URLSearchParams(form) : json === undefined ? null : JSON.stringify(json);
  try {
    return await fetch(path, {
      method: method ?? (body === null ? 'GET' : 'POST'),
      body,
      headers: {
        // No page of another origin can send it; and the browser asks for no name and password of its own.
        'x-hypervigil': '1',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      },
      credentials: token === null ? 'same-origin' : 'omit',
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
  caller = undefined;
}

/** @type {Promise<Caller> | undefined} */
let caller;
/** Was it known here who asks? Then it is worth saying why not any more. */
let wasKnown = false;

/** Who asks; known once it was asked for, until that changes. */
export function whoAmI() {
  caller ??= askWho().catch((error) => {
    caller = undefined;
    throw error;
  });
  return caller;
}

/** @returns {Promise<Caller>} */
async function askWho() {
  const answer = /** @type {{ readonly data: Caller }} */ (await ask('api/v1/whoami'));
  wasKnown = true;
  return answer.data;
}

/** @type {Promise<void> | undefined} */
let signingIn;

/**
 * Asks who it is; once, however many requests wait for it.
 *
 * @param {string} problem with who there was
 * @param {string | null} address where people sign in, if they do
 */
function signIn(problem, address) {
  signingIn ??= askWhoItIs(problem, address).finally(() => {
    signingIn = undefined;
  });
  return signingIn;
}

/**
 * @param {string} problem
 * @param {string | null} address
 * @returns {Promise<void>}
 */
function askWhoItIs(problem, address) {
  say('', 'note');
  byId('sign-out').hidden = true;
  return new Promise((resolve) => {
    const asksToken = tokenForm(() => {
      box.remove();
      resolve();
    });
    const title = address === null ? 'An API token, please' : 'Please sign in';
    // Above whatever else a person is asked. There is nothing to see without, so Escape opens it anew.
    const close = () => box.showModal();
    const box = el(
      'dialog',
      { close, 'aria-labelledby': 'token-title' },
      el('h2', { id: 'token-title' }, title),
      ...(problem === '' ? [] : [el('p', { class: 'error', role: 'alert' }, problem)]),
      ...(address === null
        ? [asksToken]
        : [
            el('p', {}, el('a', { class: 'primary', href: wayToSignIn(address) }, 'Sign in')),
            el('details', {}, el('summary', {}, 'Use an API token'), asksToken),
          ]),
    );
    document.body.append(box);
    box.showModal();
  });
}

/**
 * Comes back to what is open here.
 *
 * @param {string} address
 */
function wayToSignIn(address) {
  const { pathname, search, hash } = location;
  return `${address}?return=${encodeURIComponent(pathname + search + hash)}`;
}

/** @param {() => void} done */
function tokenForm(done) {
  const token = el('input', {
    ...{ id: 'token', type: 'password', required: true, autocomplete: 'current-password' },
    ...{ placeholder: 'hvt_…', 'aria-describedby': 'token-help' },
  });
  const keep = el('input', { type: 'checkbox' });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    (keep.checked ? localStorage : sessionStorage).setItem(TOKEN, token.value.trim());
    done();
    void showCaller();
  };
  return el(
    'form',
    { class: 'sign-in', submit },
    // For password managers.
    el('input', { autocomplete: 'username', value: 'hypervigil', hidden: true }),
    el('label', { for: 'token' }, 'Token'),
    token,
    el('p', { class: 'quiet', id: 'token-help' }, 'It stays in this tab and is sent here only.'),
    el('label', { class: 'check' }, keep, 'Keep it on this device'),
    el('button', { class: 'primary' }, 'Continue'),
  );
}

const callerText = el('span', { class: 'quiet', id: 'caller' });

/** Who asks, in the page's head, and the button that ends it: the session, or what this browser knows of the token. */
export function wireSignOut() {
  const button = byId('sign-out');
  button.before(callerText);
  button.addEventListener('click', () => void signOut());
  void showCaller();
}

async function showCaller() {
  try {
    const { name, role } = await whoAmI();
    callerText.textContent = `${name} · ${role}`;
    byId('sign-out').hidden = false;
  } catch {
    // What the page itself asks for says what is wrong.
  }
}

async function signOut() {
  if (tokenOf() !== null) {
    forgetToken();
    return location.reload();
  }
  try {
    const ended = /** @type {{ readonly data: { readonly location: string | null } }} */ (
      await ask('sign-out', { method: 'POST' })
    );
    // Cognito knows the person still, and would sign them in again without a word.
    if (ended.data.location === null) location.reload();
    else location.assign(ended.data.location);
  } catch (error) {
    say(errorText(error), 'error');
  }
}
