import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A page in Firefox. */
export interface FirefoxPage {
  readonly open: (url: string) => Promise<void>;
  /** The value of an expression there, or of its promise; throws what it threw. Must be a text. */
  readonly evaluate: (expression: string) => Promise<string>;
  readonly close: () => Promise<void>;
}

/** Firefox, spoken to by WebDriver BiDi (w3.org/TR/webdriver-bidi). */
export interface Firefox {
  readonly newPage: () => Promise<FirefoxPage>;
  /** Runs in each page before its own scripts; a function of no arguments. */
  readonly beforeScripts: (functionText: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

export type Preferences = Readonly<Record<string, string | number | boolean>>;

/** It asks nobody for anything by itself. */
const QUIET: Preferences = {
  // These would turn push off.
  'remote.prefs.recommended': false,
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.safebrowsing.update.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.page': 0,
  'browser.aboutwelcome.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  // A machine without a network still has itself.
  'network.manage-offline-status': false,
  'services.settings.server': 'data:,#remote-settings-dummy/v1',
  'toolkit.telemetry.server': 'data:,',
};

/** On a busy machine it takes some 10 s. */
const START_MS = 40_000;

/** Firefox, which the environment variable FIREFOX names, else Debian's; without a window. */
export async function launchFirefox(preferences: Preferences): Promise<Firefox> {
  const home = mkdtempSync(join(tmpdir(), 'hypervigil-firefox-'));
  const profile = join(home, 'profile');
  mkdirSync(profile);
  const lines = Object.entries({ ...QUIET, ...preferences }).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  );
  writeFileSync(join(profile, 'user.js'), lines.join(''));
  const path = process.env['FIREFOX'] ?? '/usr/bin/firefox-esr';
  const child = spawn(
    path,
    ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0'],
    { env: { ...process.env, HOME: home, TMPDIR: home }, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = new Promise<void>((done) => {
    child.once('close', () => done());
    child.once('error', () => done());
  });
  const end = async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const bidi = await connect(`${await addressOf(child, path)}/session`);
    await bidi.send('session.new', { capabilities: {} });
    return firefoxOf(bidi, end);
  } catch (error) {
    await end();
    throw error;
  }
}

/** Where it says that it can be spoken to. */
function addressOf(child: ChildProcess, path: string): Promise<string> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new Error(`${path} does not start: install Debian's firefox-esr`, { cause })),
    );
    setTimeout(
      () => reject(new Error(`${path} is not there in ${START_MS} ms: ${said.join('\n')}`)),
      START_MS,
    ).unref();
    child.once('exit', (code) => reject(new Error(`${path} ends (${code}): ${said.join('\n')}`)));
    if (child.stderr === null) throw new Error('no stderr');
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      const [, address] = /WebDriver BiDi listening on (ws:\S+)/.exec(line) ?? [];
      if (address !== undefined) resolve(address);
    });
  });
}

interface Bidi {
  readonly send: (method: string, params: object) => Promise<Record<string, unknown>>;
  readonly close: () => void;
}

interface Answer {
  readonly id?: number | null;
  readonly type: string;
  readonly result?: Record<string, unknown>;
  readonly error?: string;
  readonly message?: string;
}

async function connect(url: string): Promise<Bidi> {
  const socket = new WebSocket(url);
  const open = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  let lastId = 0;
  socket.addEventListener('message', ({ data }) => {
    const { id, type, result = {}, error, message }: Answer = JSON.parse(String(data));
    const asked = open.get(id ?? -1);
    if (asked === undefined) return;
    if (type === 'success') asked.resolve(result);
    else asked.reject(new Error(`${error}: ${message}`));
  });
  socket.addEventListener('close', () => {
    for (const { reject } of open.values()) reject(new Error('Firefox has gone'));
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error(`no WebDriver BiDi at ${url}`)));
  });
  return {
    send: (method, params) => {
      const asked = Promise.withResolvers<Record<string, unknown>>();
      lastId += 1;
      open.set(lastId, asked);
      socket.send(JSON.stringify({ id: lastId, method, params }));
      return asked.promise;
    },
    close: () => socket.close(),
  };
}

function firefoxOf(bidi: Bidi, end: () => Promise<void>): Firefox {
  return {
    newPage: async () => {
      const { context } = await bidi.send('browsingContext.create', { type: 'tab' });
      return {
        open: async (url) => {
          await bidi.send('browsingContext.navigate', { context, url, wait: 'complete' });
        },
        evaluate: (expression) => evaluate(bidi, context, expression),
        close: async () => {
          await bidi.send('browsingContext.close', { context });
        },
      };
    },
    beforeScripts: async (functionDeclaration) => {
      await bidi.send('script.addPreloadScript', { functionDeclaration });
    },
    close: async () => {
      bidi.close();
      await end();
    },
  };
}

async function evaluate(bidi: Bidi, context: unknown, expression: string): Promise<string> {
  const answer = await bidi.send('script.evaluate', {
    expression,
    target: { context },
    awaitPromise: true,
    // As if a person had pressed something.
    userActivation: true,
  });
  const { result, exceptionDetails } = answer as {
    readonly result?: { readonly type: string; readonly value?: unknown };
    readonly exceptionDetails?: { readonly text: string };
  };
  if (exceptionDetails !== undefined) throw new Error(`${exceptionDetails.text}: ${expression}`);
  if (typeof result?.value !== 'string') throw new Error(`no text: ${JSON.stringify(result)}`);
  return result.value;
}
