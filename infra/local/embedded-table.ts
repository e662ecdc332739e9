import dynalite from 'dynalite';
import { ok, type Result } from '../../core/result.ts';
import { closeServer, LOOPBACK, listen } from './listen.ts';
import { hideBehindSecretPath } from './secret-path.ts';
import type { StartFailure } from './start-failure.ts';

/** A DynamoDB-compatible server over a folder, in this process: it dies with it and leaves no lock. */
export interface EmbeddedTable {
  /** A secret: whoever knows it may read and write everything. */
  readonly endpoint: string;
  /** Ends what is under way, then closes the files. */
  readonly close: () => Promise<void>;
}

const CLOSE_GRACE_MS = 2_000;

/** Opens the store; the folder must have been checked (data-folder.ts). */
export async function openEmbeddedTable(
  path: string,
): Promise<Result<EmbeddedTable, StartFailure>> {
  const server = dynalite({ path, createTableMs: 0 });
  const secretPath = hideBehindSecretPath(server);
  const port = await listen(server, 0);
  if (!port.ok) return port;
  return ok({
    endpoint: `http://${LOOPBACK}:${port.value}${secretPath}`,
    close: () => closeServer(server, CLOSE_GRACE_MS),
  });
}
