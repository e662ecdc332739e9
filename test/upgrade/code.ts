import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { encodeChunk } from '../../core/chunk/encode.ts';
import type { createHandler as createApi } from '../../functions/api/handler.ts';
import type { createHandler as createCompactor } from '../../functions/compact/handler.ts';
import type { createHandler as createEnrolment } from '../../functions/enroll/handler.ts';
import type { createHandler as createEvaluator } from '../../functions/evaluate/handler.ts';
import type { createHandler as createIngest } from '../../functions/ingest/handler.ts';
import type { createHandler as createRemoteWrite } from '../../functions/remote-write/handler.ts';
import type { addApiToken } from '../../functions/store/api-tokens.ts';
import type { ensureTable } from '../../functions/store/create-table.ts';
import type { openTable } from '../../functions/store/dynamo.ts';
import type { addEnrolmentToken } from '../../functions/store/enrolment-tokens.ts';
import type { addHostKey } from '../../functions/store/host-keys.ts';
import type { keepPushKeys } from '../../functions/store/push-keys.ts';
import type { createPushSubscriptions } from '../../functions/store/push-subscriptions.ts';
import type { tellRevocation } from '../../functions/store/revocations.ts';
import type { createSessionStore } from '../../functions/store/sessions.ts';
import type { createSubscriptionNotes } from '../../functions/store/subscription-notes.ts';

/**
 * The code of some commit, today's or an earlier one's. Types are those of today: earlier functions took
 * fewer arguments, in the same order. What a commit did not have yet is absent.
 */
export interface Code {
  readonly encodeChunk: typeof encodeChunk;
  readonly openTable: typeof openTable;
  readonly ensureTable: typeof ensureTable;
  readonly addHostKey: typeof addHostKey;
  readonly createIngest: typeof createIngest;
  readonly createEvaluator: typeof createEvaluator;
  readonly createApi?: typeof createApi;
  readonly createCompactor?: typeof createCompactor;
  readonly createEnrolment?: typeof createEnrolment;
  readonly createRemoteWrite?: typeof createRemoteWrite;
  readonly addApiToken?: typeof addApiToken;
  readonly addEnrolmentToken?: typeof addEnrolmentToken;
  readonly tellRevocation?: typeof tellRevocation;
  readonly createSessionStore?: typeof createSessionStore;
  readonly keepPushKeys?: typeof keepPushKeys;
  readonly createPushSubscriptions?: typeof createPushSubscriptions;
  readonly createSubscriptionNotes?: typeof createSubscriptionNotes;
}

/** Loads the code in a folder: a work tree of its commit, with dependencies. */
export async function loadCode(folder: string): Promise<Code> {
  const optional = async <K extends keyof Code>(
    key: K,
    file: string,
    name: string = key,
  ): Promise<Pick<Code, K> | undefined> => {
    const path = join(folder, file);
    if (!existsSync(path)) return undefined;
    return { [key]: (await import(pathToFileURL(path).href))[name] } as Pick<Code, K>;
  };
  const needed = async <K extends keyof Code>(key: K, file: string, name: string = key) => {
    const found = await optional(key, file, name);
    if (found === undefined) throw new Error(`${folder} has no ${file}`);
    return found;
  };
  const handler = 'createHandler';
  return {
    ...(await needed('encodeChunk', 'core/chunk/encode.ts')),
    ...(await needed('openTable', 'functions/store/dynamo.ts')),
    ...(await needed('ensureTable', 'functions/store/create-table.ts')),
    ...(await needed('addHostKey', 'functions/store/host-keys.ts')),
    ...(await needed('createIngest', 'functions/ingest/handler.ts', handler)),
    ...(await needed('createEvaluator', 'functions/evaluate/handler.ts', handler)),
    // Without silences there is nothing to ask it for.
    ...(existsSync(join(folder, 'functions/alertmanager-api'))
      ? await optional('createApi', 'functions/api/handler.ts', handler)
      : {}),
    ...(await optional('createCompactor', 'functions/compact/handler.ts', handler)),
    ...(await optional('createEnrolment', 'functions/enroll/handler.ts', handler)),
    ...(await optional('createRemoteWrite', 'functions/remote-write/handler.ts', handler)),
    ...(await optional('addApiToken', 'functions/store/api-tokens.ts')),
    ...(await optional('addEnrolmentToken', 'functions/store/enrolment-tokens.ts')),
    ...(await optional('tellRevocation', 'functions/store/revocations.ts')),
    ...(await optional('createSessionStore', 'functions/store/sessions.ts')),
    ...(await optional('keepPushKeys', 'functions/store/push-keys.ts')),
    ...(await optional('createPushSubscriptions', 'functions/store/push-subscriptions.ts')),
    ...(await optional('createSubscriptionNotes', 'functions/store/subscription-notes.ts')),
  };
}
