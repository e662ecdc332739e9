import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LoadedConfig, loadConfig } from '../config.ts';
import { fileOf } from '../config-command.ts';
import { defaultPaths } from '../default-paths.ts';
import { type EnrolFlags, enroll, readEnrolmentToken } from '../enroll.ts';
import { requestEnrolment } from '../enrolment-request.ts';
import { writeFirstConfig } from '../first-config.ts';
import { readKeyFile } from '../read-key.ts';
import { AGENT_VERSION } from '../version.ts';
import { EXIT_TROUBLE, EXIT_USAGE, type Flags, fail, log, print, warnIfPlain } from './command.ts';
import { missing } from './missing.ts';
import { withConfig } from './with-config.ts';

/** `agent enroll`: gets this host its key for an enrolment token. */
export function execute(flags: EnrolFlags & Flags): Promise<void> {
  // A token on the command line can be read by everyone who lists processes.
  if (flags.token !== undefined) process.title = 'hypervigil agent enroll';
  const { config: file, ...others } = flags;
  // The file may be one that is to be written.
  const isToCome = typeof file === 'string' && !existsSync(file);
  return withConfig(isToCome ? others : flags, (config) => enrol(config, flags));
}

async function enrol(config: LoadedConfig, flags: EnrolFlags & Flags): Promise<void> {
  const { url, host, keyFile = defaultPaths().keyFile } = config;
  if (url === undefined) return fail(EXIT_USAGE, missing('url', 'the address of the deployment'));
  warnIfPlain(url);
  const { rotate = false, replace = false, user } = flags;
  if (rotate && replace) return fail(EXIT_USAGE, '--rotate and --replace: give one of them');
  const mode = rotate ? 'rotate' : replace ? 'replace' : 'first';
  const done = await enroll(
    { url, host, keyFile, mode, user },
    {
      readToken: () => readEnrolmentToken(flags, process.env),
      readKey: () => readKeyFile(keyFile),
      request: requestEnrolment,
      sleep,
      random: Math.random,
      monotonicMs: () => performance.now(),
      version: AGENT_VERSION,
      log,
    },
  );
  if (!done.ok) return fail(EXIT_TROUBLE, done.error);
  await print(`${done.value}\n`);
  const file = fileOf(flags);
  const named = host === hostname() ? {} : { host };
  if (writeFirstConfig(file, { url, keyFile, ...named })) return print(`${file} says so\n`);
  const inFile = loadConfig({ config: file }, {});
  if (inFile.ok && (inFile.value.keyFile !== keyFile || inFile.value.url?.href !== url.href))
    await print(`${file} does not say so yet: set url and keyFile there\n`);
}
