import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createHandler } from '../../functions/install/handler.ts';
import type { FileFunction } from './http-front.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/**
 * The install function for a folder that `npm run agent:build` made, now or later. What it would send
 * on to S3 is answered here, from that folder.
 */
export function createInstall(
  environment: Readonly<Record<string, string>>,
  releasePath: string,
  deploymentUrl: string,
): FileFunction {
  const answer = createHandler(
    {
      ...environment,
      RELEASE_DIR: releasePath,
      SCRIPTS_DIR: join(ROOT, 'functions', 'install', 'scripts'),
      SCHEMA_FILE: join(ROOT, 'docs', 'agent.schema.json'),
      DEPLOYMENT_URL: deploymentUrl,
    },
    {
      locate: async (name) => {
        const path = join(releasePath, name);
        return existsSync(path) ? pathToFileURL(path).href : undefined;
      },
    },
  );
  return async (event) => {
    const result = await answer(event);
    if (typeof result === 'string' || result.statusCode !== 302) return result;
    return { filePath: fileURLToPath(String(result.headers?.['location'])) };
  };
}
