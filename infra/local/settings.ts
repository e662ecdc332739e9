import { hostname } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { ok, type Result } from '../../core/result.ts';
import { type StartFailure, startFailure } from './start-failure.ts';

/** Where emails go out. */
export interface MailSettings {
  readonly server: { readonly host: string; readonly port: number; readonly secure: boolean };
  /** Absent for a server that asks for none. */
  readonly login?: { readonly user: string; readonly pass: string };
  readonly from: string;
  readonly to: readonly string[];
}

/** How the local stack is run. */
export interface LocalSettings {
  /** 0 takes a free one. */
  readonly port: number;
  readonly dataPath: string;
  readonly rulesPath: string;
  /** The folder that `npm run agent:build` makes; it need not be there. */
  readonly agentReleasePath: string;
  /** Ticks begin at multiples of it: each minute on the minute, as in the cloud. */
  readonly tickMs: number;
  /** Where people reach this stack, for links; absent: at its own address. */
  readonly externalUrl?: string;
  /** Alertmanagers to tell of all alerts. */
  readonly alertmanagers: readonly string[];
  readonly runAgent: boolean;
  /** Log lines instead of the live view. */
  readonly plain: boolean;
  /** The name of this machine. */
  readonly host: string;
  /** Time between two samples; each is posted at once, so that the view is fresh. As the agent reads it: `5s`. */
  readonly sampleInterval: string;
  /** Absent: messages go to the terminal and the log only. */
  readonly mail?: MailSettings;
}

/** As commander hands them over. */
export interface LocalFlags {
  readonly port?: string;
  readonly data?: string;
  readonly rules?: string;
  readonly tick?: string;
  readonly externalUrl?: string;
  /** Each may be several, separated by commas. */
  readonly alertmanager?: readonly string[];
  readonly agent?: boolean;
  readonly plain?: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULTS = {
  port: '9470',
  data: '.hypervigil',
  rules: 'rules',
  agentRelease: join(import.meta.dirname, '..', '..', 'dist', 'agent'),
  tick: '60s',
};
const MAX_TICK_MS = 3_600_000;

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

const Port = v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number), v.maxValue(65_535));
const Duration = v.pipe(
  v.string(),
  v.regex(/^\d+(ms|s|m)$/),
  v.transform((text) => Number.parseInt(text, 10) * (UNITS_MS[text.replace(/^\d+/, '')] ?? 1000)),
  v.minValue(1000),
  v.maxValue(MAX_TICK_MS),
);
const HttpUrl = v.pipe(v.string(), v.regex(/^https?:\/\/[^?#]+$/), v.url());
const Addresses = v.pipe(
  v.string(),
  v.transform((text) => text.split(',').map((address) => address.trim())),
  v.array(v.pipe(v.string(), v.email())),
  v.minLength(1),
);

/** Settings from flags, then environment, then defaults; or the first thing wrong with them. */
export function readLocalSettings(
  flags: LocalFlags,
  environment: Environment,
): Result<LocalSettings, StartFailure> {
  const port = flags.port ?? given(environment, 'HYPERVIGIL_PORT') ?? DEFAULTS.port;
  const parsedPort = v.safeParse(Port, port);
  if (!parsedPort.success) {
    return badSetting(`--port ${port}: a port is a number from 0 (any free one) to 65535`);
  }
  const tick = flags.tick ?? given(environment, 'HYPERVIGIL_TICK') ?? DEFAULTS.tick;
  const parsedTick = v.safeParse(Duration, tick);
  if (!parsedTick.success) {
    return badSetting(`--tick ${tick}: give a time from 1s to 60m, such as 60s`);
  }
  const externalUrl = flags.externalUrl ?? given(environment, 'HYPERVIGIL_EXTERNAL_URL');
  if (externalUrl !== undefined && !v.is(HttpUrl, externalUrl)) {
    return badSetting(
      `--external-url ${externalUrl}: give an address such as https://watch.example.com`,
    );
  }
  const alertmanagers = readAlertmanagers(flags, environment);
  if (!alertmanagers.ok) return alertmanagers;
  const mail = readMailSettings(environment);
  if (!mail.ok) return mail;
  return ok({
    port: parsedPort.output,
    tickMs: parsedTick.output,
    ...(externalUrl === undefined ? {} : { externalUrl }),
    alertmanagers: alertmanagers.value,
    dataPath: flags.data ?? given(environment, 'HYPERVIGIL_DATA') ?? DEFAULTS.data,
    rulesPath: flags.rules ?? given(environment, 'HYPERVIGIL_RULES') ?? DEFAULTS.rules,
    agentReleasePath: given(environment, 'HYPERVIGIL_AGENT_RELEASE') ?? DEFAULTS.agentRelease,
    runAgent: flags.agent ?? true,
    plain: flags.plain ?? false,
    host: given(environment, 'HYPERVIGIL_HOST') ?? hostname(),
    sampleInterval: given(environment, 'HYPERVIGIL_SAMPLE_INTERVAL') ?? '5s',
    ...(mail.value === undefined ? {} : { mail: mail.value }),
  });
}

function readAlertmanagers(
  flags: LocalFlags,
  environment: Environment,
): Result<readonly string[], StartFailure> {
  const lists = flags.alertmanager ?? [given(environment, 'HYPERVIGIL_ALERTMANAGER') ?? ''];
  const urls = lists
    .flatMap((list) => list.split(','))
    .map((url) => url.trim())
    .filter((url) => url !== '');
  // One may hold a password, so it is not repeated.
  return urls.every((url) => v.is(HttpUrl, url))
    ? ok(urls)
    : badSetting('--alertmanager: give an address such as http://alertmanager.example:9093');
}

function readMailSettings(
  environment: Environment,
): Result<MailSettings | undefined, StartFailure> {
  const address = given(environment, 'HYPERVIGIL_SMTP_URL');
  const to = given(environment, 'HYPERVIGIL_EMAIL_TO');
  if (address === undefined && to === undefined) return ok(undefined);
  if (address === undefined) {
    return badSetting('HYPERVIGIL_EMAIL_TO is set, HYPERVIGIL_SMTP_URL is not: both are needed');
  }
  if (to === undefined) {
    return badSetting('HYPERVIGIL_SMTP_URL is set, HYPERVIGIL_EMAIL_TO is not: both are needed');
  }
  const url = URL.parse(address);
  // The address holds a password, so it is not repeated.
  if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === '') {
    return badSetting('HYPERVIGIL_SMTP_URL: must be such as smtp://user:password@mail.example:587');
  }
  const recipients = v.safeParse(Addresses, to);
  if (!recipients.success) return badSetting(`HYPERVIGIL_EMAIL_TO: "${to}" is no email address`);
  const user = decode(url.username);
  const pass = decode(url.password);
  if (user === undefined || pass === undefined) {
    return badSetting('HYPERVIGIL_SMTP_URL: a "%" in user or password must be written as %25');
  }
  const from =
    given(environment, 'HYPERVIGIL_EMAIL_FROM') ??
    (user.includes('@') ? user : recipients.output[0]);
  if (!v.is(v.pipe(v.string(), v.email()), from)) {
    return badSetting(`HYPERVIGIL_EMAIL_FROM: "${from}" is no email address`);
  }
  const secure = url.protocol === 'smtps:';
  const port = url.port === '' ? (secure ? 465 : 587) : Number(url.port);
  return ok({
    server: { host: url.hostname.replace(/^\[|\]$/g, ''), port, secure },
    ...(user === '' ? {} : { login: { user, pass } }),
    from,
    to: recipients.output,
  });
}

/** Set and not empty. */
function given(environment: Environment, name: string): string | undefined {
  const value = environment[name]?.trim();
  return value === '' ? undefined : value;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function badSetting(message: string): Result<never, StartFailure> {
  return startFailure('bad_setting', message);
}
