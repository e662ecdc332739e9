import { readFileSync } from 'node:fs';
import { parseMetricSelector } from '../../../core/promql/parse.ts';
import { ok } from '../../../core/result.ts';
import { reasonOf } from '../../local/start-failure.ts';
import { type Outcome, trouble, usage } from '../failure.ts';
import { given } from '../settings.ts';
import type { Terminal } from '../terminal.ts';
import { type ChoiceFlags, readChoice } from '../transfer/choice.ts';
import { importFiles } from './import-files.ts';
import { importRemoteRead } from './import-remote-read.ts';
import { createSource, readSourceUrl } from './remote-read.ts';
import { createTarget, type TargetAddress } from './target.ts';

/** As commander hands them over. */
export interface ImportFlags extends ChoiceFlags {
  readonly remoteRead?: string;
  readonly remoteReadTokenFile?: string;
  readonly writeUrl?: string;
  readonly keyFile?: string;
}

/** What an import needs of the world. */
export interface ImportPorts {
  readonly nowMs: number;
  readonly wait: (ms: number) => Promise<void>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const DEFAULT_URL = 'http://127.0.0.1:9470/api/v1/write';
const WRITE_PATH = '/api/v1/write';
/** `npm start` writes it. */
const DEFAULT_KEY_FILE = '.hypervigil/keys/import.key';
/** Prometheus wants a condition that not every series satisfies. */
const ALL_SERIES = '{__name__!=""}';

/** `hypervigil import`: `false` if not all of it could be stored. */
export async function importSamples(
  files: readonly string[],
  flags: ImportFlags,
  terminal: Pick<Terminal, 'print' | 'note' | 'progress'>,
  { nowMs, wait, environment }: ImportPorts,
): Promise<Outcome<boolean>> {
  const { remoteRead } = flags;
  if ((remoteRead === undefined) === (files.length === 0))
    return usage(
      files.length === 0
        ? 'give files, or --remote-read with the address of a Prometheus'
        : 'give files or --remote-read, not both',
    );
  const choice = readChoice(flags, nowMs);
  if (!choice.ok) return choice;
  const address = readTarget(flags, environment);
  if (!address.ok) return address;
  const target = createTarget(address.value, wait);
  if (remoteRead === undefined) return importFiles(files, choice.value, target, terminal);
  const { fromMs, selectors } = choice.value;
  if (fromMs === -Infinity) return usage('give --from: since when the Prometheus has samples');
  const url = readSourceUrl(remoteRead);
  if (!url.ok) return url;
  const credentials = readToken(flags.remoteReadTokenFile);
  if (!credentials.ok) return credentials;
  const all = parseMetricSelector(ALL_SERIES);
  const chosen = selectors.length > 0 || !all.ok ? selectors : [all.value];
  const authorization = credentials.value ?? url.value.credentials;
  const source = createSource(url.value.url, authorization, chosen, wait);
  const toMs = Math.min(choice.value.toMs, nowMs);
  return importRemoteRead(source, { ...choice.value, toMs }, target, terminal);
}

function readTarget(
  flags: Pick<ImportFlags, 'writeUrl' | 'keyFile'>,
  environment: ImportPorts['environment'],
): Outcome<TargetAddress> {
  const text = flags.writeUrl ?? given(environment, 'HYPERVIGIL_WRITE_URL') ?? DEFAULT_URL;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    return usage(`--write-url ${text}: give an address such as ${DEFAULT_URL}`);
  if (url.pathname === '/') url.pathname = WRITE_PATH;
  const named = flags.keyFile ?? given(environment, 'HYPERVIGIL_KEY_FILE');
  const key = readSecret(named ?? DEFAULT_KEY_FILE);
  if (key.ok) return ok({ url: url.href, key: key.value });
  if (named !== undefined) return key;
  return usage(
    `${key.error.message}. Run this where "npm start" runs, or make a key with "npm run key -- --sender NAME --table TABLE" and name its file with --key-file or HYPERVIGIL_KEY_FILE`,
  );
}

function readToken(file: string | undefined): Outcome<string | undefined> {
  if (file === undefined) return ok(undefined);
  const token = readSecret(file);
  return token.ok ? ok(`Bearer ${token.value}`) : token;
}

function readSecret(file: string): Outcome<string> {
  try {
    const secret = readFileSync(file, 'utf8').trim();
    return /^[\x21-\x7e]+$/.test(secret) ? ok(secret) : trouble(`${file}: there is no key in it`);
  } catch (error) {
    return trouble(`can't read the key in ${file}: ${reasonOf(error)}`);
  }
}
