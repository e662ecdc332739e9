import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '../../core/result.ts';
import { addApiToken, hasTokenEnded, readApiToken } from '../../functions/store/api-tokens.ts';
import { createAuditLog } from '../../functions/store/audit-log.ts';
import type { Table } from '../../functions/store/dynamo.ts';
import {
  newEnrolmentToken,
  putEnrolmentToken,
  readEnrolmentToken,
} from '../../functions/store/enrolment-tokens.ts';
import { addHostKey, hostOfKey, ownerOfKey } from '../../functions/store/host-keys.ts';
import { reasonOf, type StartFailure, startFailure } from './start-failure.ts';

/** The name of the token that `npm start` makes. */
const TOKEN_NAME = 'npm start';

/** Whose samples imported ones are, where nobody says otherwise. */
const IMPORT_SENDER = 'import';

/** Enough to try it out with; a start finds one that is good for some hours yet, or makes another. */
const ENROLMENT_USES = 100;
const ENROLMENT_LASTS_MS = 86_400_000;
const ENROLMENT_LEFT_MS = 4 * 3_600_000;

/** The paths of what is used here again; other files are for people. */
export interface KeyFiles {
  readonly hostKey: string;
  readonly token: string;
}

/** Makes every file of keys and tokens that is not there, or not good any more. */
export async function ensureKeyFiles(
  table: Table,
  folder: string,
  host: string,
  nowMs: number,
): Promise<Result<KeyFiles, StartFailure>> {
  const hostKey = await ensureHostKeyFile(table, folder, host, nowMs);
  if (!hostKey.ok) return hostKey;
  const token = await ensureTokenFile(table, folder, nowMs);
  if (!token.ok) return token;
  for (const ensure of [ensureImportKeyFile, ensureEnrolmentTokenFile]) {
    const file = await ensure(table, folder, nowMs);
    if (!file.ok) return file;
  }
  return ok({ hostKey: hostKey.value, token: token.value });
}

/** The path of a file with a key for this host's agent, and for its remote write. */
export function ensureHostKeyFile(
  table: Table,
  folder: string,
  host: string,
  nowMs: number,
): Promise<Result<string, StartFailure>> {
  return ensureFile(join(folder, `${encodeURIComponent(host)}.key`), "this machine's key", {
    isGood: async (key) => (await hostOfKey(table, key, nowMs)) === host,
    make: () => recorded(table, ['key.add', host], () => addHostKey(table, host, nowMs)),
  });
}

/** The path of a file with a key for `hypervigil import`: a sender's, which may write any labels. */
function ensureImportKeyFile(
  table: Table,
  folder: string,
  nowMs: number,
): Promise<Result<string, StartFailure>> {
  return ensureFile(join(folder, 'import.key'), 'the key for imports', {
    isGood: async (key) => (await ownerOfKey(table, key, nowMs))?.name === IMPORT_SENDER,
    make: () =>
      recorded(table, ['key.add', IMPORT_SENDER], () =>
        addHostKey(table, IMPORT_SENDER, nowMs, 'sender'),
      ),
  });
}

/** The path of a file with a token that may do everything here. */
function ensureTokenFile(
  table: Table,
  folder: string,
  nowMs: number,
): Promise<Result<string, StartFailure>> {
  return ensureFile(join(folder, 'api.token'), 'the token for queries', {
    isGood: async (token) => {
      const known = await readApiToken(table, token);
      return known?.role === 'admin' && !hasTokenEnded(known, nowMs);
    },
    make: () =>
      recorded(table, ['token.add', TOKEN_NAME], () =>
        addApiToken(table, TOKEN_NAME, nowMs, { role: 'admin', by: TOKEN_NAME }),
      ),
  });
}

/** The path of a file with a token that enrols other hosts' agents here. */
function ensureEnrolmentTokenFile(
  table: Table,
  folder: string,
  nowMs: number,
): Promise<Result<string, StartFailure>> {
  return ensureFile(join(folder, 'enrolment.token'), 'the token for enrolments', {
    isGood: async (token) => {
      const known = await readEnrolmentToken(table, token);
      if (known === undefined || known.isRevoked || known.usesLeft < 1) return false;
      return known.expiresAtMs > nowMs + ENROLMENT_LEFT_MS;
    },
    make: async () => {
      const terms = {
        uses: ENROLMENT_USES,
        expiresAtMs: nowMs + ENROLMENT_LASTS_MS,
        mayReEnrol: false,
      };
      const { token, known } = newEnrolmentToken(terms, nowMs);
      return recorded(table, ['enrolment-token.add', known.id], async () => {
        await putEnrolmentToken(table, known);
        return token;
      });
    },
  });
}

/** Makes something on record, as `npm run key` does. */
async function recorded(
  table: Table,
  [action, subject]: readonly [string, string],
  make: () => Promise<string>,
): Promise<string> {
  return createAuditLog(table, Date.now).record({ who: TOKEN_NAME, action, subject }, make);
}

interface Secret {
  readonly isGood: (secret: string) => Promise<boolean>;
  readonly make: () => Promise<string>;
}

/**
 * Made at the first start, and again when the table does not know it (someone deleted one of the
 * two). Only its owner can read the file.
 */
async function ensureFile(
  path: string,
  what: string,
  { isGood, make }: Secret,
): Promise<Result<string, StartFailure>> {
  try {
    const known = await readSecret(path);
    if (known !== undefined && (await isGood(known))) return ok(path);
    // Renamed into place: a start that is broken off never leaves half a key.
    await writeFile(`${path}.new`, `${await make()}\n`, { mode: 0o600 });
    await rename(`${path}.new`, path);
    return ok(path);
  } catch (error) {
    return startFailure('host_key', `can't keep ${what} in ${path}: ${reasonOf(error)}`);
  }
}

async function readSecret(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    return undefined;
  }
}
