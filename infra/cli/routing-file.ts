import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import {
  ESCALATIONS_FILE,
  ROUTING_FILE,
  type RoutingFiles,
  readRoutingFiles,
} from '../../core/delivery/routing-files.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { LOCAL_TOPICS } from '../local/local-topics.ts';
import { reasonOf } from '../local/start-failure.ts';

/** A routing file, with the escalations beside it if there are some; or a line for each thing wrong. */
export function readRoutingFile(file: string): Result<RoutingFiles, string[]> {
  return read(file, join(dirname(file), ESCALATIONS_FILE));
}

/** A routing file alone. */
export function readRoutingAlone(file: string): Result<RoutingFiles, string[]> {
  return read(file, undefined);
}

/** Escalations, with the routing beside them, whose receivers they name. */
export function readEscalationsFile(file: string): Result<RoutingFiles, string[]> {
  return read(join(dirname(file), ROUTING_FILE), file);
}

function read(routing: string, escalations: string | undefined): Result<RoutingFiles, string[]> {
  let texts: readonly [string, string | undefined];
  try {
    const isThere = escalations !== undefined && existsSync(escalations);
    texts = [
      readFileSync(routing, 'utf8'),
      isThere ? readFileSync(escalations, 'utf8') : undefined,
    ];
  } catch (error) {
    return err([`${routing}: ${reasonOf(error)}`]);
  }
  const options = {
    // What every deployment sets; here any topics will do.
    variables: LOCAL_TOPICS,
    readFile: (name: string) => readNamed(resolve(dirname(routing), name)),
  };
  const names = { routing, escalations: escalations ?? '' };
  const { files, errors } = readRoutingFiles(...texts, options, names);
  if (files === undefined || errors.length > 0) return err([...new Set(errors)]);
  return ok(files);
}

function readNamed(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
