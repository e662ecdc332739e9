import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import * as v from 'valibot';
import { RELEASE_FILE, RELEASE_SIGNATURE_FILE } from '../../core/agent-release/release.ts';
import type { RateLimit } from '../../core/rate-limit.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { securedHandler } from '../http-headers.ts';
import { createLimiter } from '../ingest/limiter.ts';
import { entryPoint } from '../log/entry-point.ts';
import { createLog } from '../log/log.ts';
import { openTable, type Table } from '../store/dynamo.ts';
import { createFaultLog, type NoteFault } from '../store/fault-log.ts';
import { PATIENCE_MS, withPatience } from '../store/patience.ts';
import { QUICK } from '../store/retries.ts';
import { readSettings, TABLE_SETTINGS, tableAddress } from '../store/settings.ts';
import { type Answer, type InstallRequest, type Refusal, readRequest, respond } from './http.ts';
import { mayDownload } from './may-download.ts';
import { largeFiles, type Offer, readOffer } from './offer.ts';
import { presignFrom } from './presign.ts';
import { renderInstallPs1, renderInstallSh } from './render.ts';

/**
 * Per address, in one warm function: a data centre of 10,000 hosts may install from one, two requests
 * each, within 10 minutes.
 */
const ADDRESS_LIMIT: RateLimit = { burst: 200, perSecond: 40 };

const SCRIPT_TYPE = 'text/plain; charset=utf-8';

const ObjectKeys = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.string()));

const SETTINGS = {
  TABLE_NAME: TABLE_SETTINGS.TABLE_NAME,
  DYNAMODB_ENDPOINT: TABLE_SETTINGS.DYNAMODB_ENDPOINT,
  TABLE_ANSWER_MS: TABLE_SETTINGS.TABLE_ANSWER_MS,
  /** The folder that the build made, or the part of it that is not executables. */
  RELEASE_DIR: v.optional(v.string(), './release'),
  SCRIPTS_DIR: v.optional(v.string(), './scripts'),
  SCHEMA_FILE: v.optional(v.string(), './agent.schema.json'),
  /** The deployment's own address; absent: the name by which it was asked, with https. */
  DEPLOYMENT_URL: v.optional(v.pipe(v.string(), v.url())),
  /** Where the executables are: a bucket, and in it a file's key by its name (JSON). */
  FILES_BUCKET: v.optional(v.string()),
  FILE_KEYS: v.optional(ObjectKeys, '{}'),
};

const AWS_SETTINGS = {
  AWS_REGION: v.string(),
  AWS_ACCESS_KEY_ID: v.string(),
  AWS_SECRET_ACCESS_KEY: v.string(),
  AWS_SESSION_TOKEN: v.optional(v.string()),
  /** Only for an emulated S3. */
  AWS_ENDPOINT_URL: v.optional(v.pipe(v.string(), v.url())),
};

const log = createLog('install');

type Environment = Readonly<Record<string, string | undefined>>;
type Handler = (event: LambdaFunctionURLEvent) => Promise<LambdaFunctionURLResult>;

/** The address from which whoever has it gets a file, by the file's name; `undefined`: it is not there. */
export type Locate = (name: string) => Promise<string | undefined>;

export interface InstallOptions {
  readonly nowMs?: () => number;
  /** Stands for the bucket where there is none. */
  readonly locate?: Locate;
}

interface Ports {
  readonly table: Table;
  readonly noteFault: NoteFault;
  readonly nowMs: () => number;
  readonly locate: Locate;
  readonly readOffer: () => ReturnType<typeof readOffer>;
  /** A script of ours, or the schema. */
  readonly read: (what: 'install.sh' | 'uninstall.sh' | 'install.ps1' | 'schema') => string;
  readonly urlOf: (domainName: string) => string;
}

/** The install function for an environment: makes its clients, calls nothing yet. */
export function createHandler(
  environment: Environment,
  { nowMs = Date.now, locate }: InstallOptions = {},
): Handler {
  const settings = readSettings(SETTINGS, environment);
  const table = openTable(tableAddress(settings), QUICK);
  const limiter = createLimiter(ADDRESS_LIMIT);
  const { SCRIPTS_DIR, SCHEMA_FILE, RELEASE_DIR, DEPLOYMENT_URL } = settings;
  const ports: Ports = {
    table,
    noteFault: createFaultLog(nowMs, log),
    nowMs,
    locate: locate ?? locateInBucket(settings, environment, nowMs),
    // Each time anew: it is small, and on one machine it may have been built since.
    readOffer: () => readOffer(RELEASE_DIR),
    read: (what) => readFileSync(what === 'schema' ? SCHEMA_FILE : join(SCRIPTS_DIR, what), 'utf8'),
    urlOf: (domainName) => (DEPLOYMENT_URL ?? `https://${domainName}`).replace(/\/+$/, ''),
  };
  return securedHandler(async (event) => {
    const request = readRequest(event);
    if (!request.ok) return respond(request, false);
    const waitMs = limiter(request.value.sourceIp, nowMs());
    if (waitMs > 0) return respond(err(tooMany(waitMs)), false);
    const isPublic = request.value.wish.kind !== 'file';
    const result = await withPatience(PATIENCE_MS.install, () => answerTo(request.value, ports));
    return respond(result, isPublic);
  });
}

async function answerTo(request: InstallRequest, ports: Ports): Promise<Result<Answer, Refusal>> {
  const { wish, domainName } = request;
  if (wish.kind === 'schema')
    return ok({ kind: 'text', mediaType: 'application/schema+json', text: ports.read('schema') });
  try {
    if (wish.kind === 'file') {
      const may = await mayDownload(ports.table, wish.credential, ports.nowMs());
      if (!may.ok) return may;
    }
    const offer = ports.readOffer();
    if (!offer.ok) return err(noRelease(offer.error));
    if (wish.kind === 'file') return await fileOf(wish.name, offer.value, ports.locate);
    return ok(scriptOf(wish.kind, offer.value, ports, ports.urlOf(domainName)));
  } catch (error) {
    const fault = ports.noteFault(error);
    if (fault === undefined) throw error;
    const { name, retryAfterMs } = fault;
    const message = `the table did not answer: ${name}`;
    return err({ status: 503, code: 'store_busy', message, retryAfterMs });
  }
}

function scriptOf(
  kind: 'install.sh' | 'install.ps1',
  offer: Offer,
  { read }: Ports,
  url: string,
): Answer {
  const templates = {
    installSh: read('install.sh'),
    uninstallSh: read('uninstall.sh'),
    installPs1: read('install.ps1'),
  };
  const render = kind === 'install.sh' ? renderInstallSh : renderInstallPs1;
  return { kind: 'text', mediaType: SCRIPT_TYPE, text: render(templates, offer, url) };
}

async function fileOf(
  name: string,
  { release, description, signature }: Offer,
  locate: Locate,
): Promise<Result<Answer, Refusal>> {
  if (name === RELEASE_FILE)
    return ok({ kind: 'text', mediaType: 'application/json', text: description });
  if (name === RELEASE_SIGNATURE_FILE)
    return ok({ kind: 'text', mediaType: 'text/plain', text: `${signature}\n` });
  const names = largeFiles(release);
  const location = names.includes(name) ? await locate(name) : undefined;
  if (location !== undefined) return ok({ kind: 'redirect', location });
  const message = `release ${release.version} has no "${name}"; it has ${[RELEASE_FILE, RELEASE_SIGNATURE_FILE, ...names].join(', ')}`;
  return err({ status: 404, code: 'no_file', message });
}

function locateInBucket(
  {
    FILES_BUCKET,
    FILE_KEYS,
  }: { FILES_BUCKET?: string | undefined; FILE_KEYS: Record<string, string> },
  environment: Environment,
  nowMs: () => number,
): Locate {
  if (FILES_BUCKET === undefined) return async () => undefined;
  const aws = readSettings(AWS_SETTINGS, environment);
  const presign = presignFrom(
    { name: FILES_BUCKET, region: aws.AWS_REGION, endpoint: aws.AWS_ENDPOINT_URL },
    {
      accessKeyId: aws.AWS_ACCESS_KEY_ID,
      secretAccessKey: aws.AWS_SECRET_ACCESS_KEY,
      ...(aws.AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: aws.AWS_SESSION_TOKEN }),
    },
  );
  const keys = new Map(Object.entries(FILE_KEYS));
  return async (name) => {
    const key = keys.get(name);
    return key === undefined ? undefined : presign(key, nowMs());
  };
}

function noRelease({ isAbsent, why }: { isAbsent: boolean; why: string }): Refusal {
  const what = isAbsent
    ? 'no agent was built for this deployment'
    : `the built agent can't be used (${why})`;
  const message = `${what}: "npm run agent:build" makes one; on AWS, deploy again after it`;
  return { status: 404, code: 'no_release', message };
}

function tooMany(retryAfterMs: number): Refusal {
  const message = `more than ${ADDRESS_LIMIT.perSecond} requests a second from your address`;
  return { status: 429, code: 'too_many', message, retryAfterMs };
}

/** Lambda's entry point: called by ingest, with the event that ingest was called with. */
export const handler = entryPoint(log, createHandler);
