import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { AgentRelease } from '../../core/agent-release/release.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { readOffer } from '../../functions/install/offer.ts';
import { ROOT } from './bundle.ts';

/** A release on disk that goes out with the stack. */
export interface BuiltRelease {
  readonly folder: string;
  readonly release: AgentRelease;
}

/** Where `npm run agent:build` puts a release; another folder is named by HYPERVIGIL_AGENT_RELEASE. */
export function agentReleaseFolder(environment: NodeJS.ProcessEnv): string {
  return resolve(ROOT, environment['HYPERVIGIL_AGENT_RELEASE'] || 'dist/agent');
}

/** The release in a folder; `undefined` where none was built. The error says what is wrong with it. */
export function findAgentRelease(folder: string): Result<BuiltRelease | undefined, string> {
  const offer = readOffer(folder);
  if (!offer.ok && offer.error.isAbsent) return ok(undefined);
  if (!offer.ok) return err(offer.error.why);
  const { release } = offer.value;
  for (const { name, bytes } of [...release.files, ...(release.companions ?? [])]) {
    const size = statSync(join(folder, name), { throwIfNoEntry: false })?.size;
    if (size !== bytes) {
      const is = size === undefined ? 'is not there' : `has ${size} bytes, not ${bytes}`;
      return err(`${join(folder, name)} ${is}`);
    }
  }
  return ok({ folder, release });
}
