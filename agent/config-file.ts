import { existsSync, readFileSync } from 'node:fs';
import { isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import { err, ok, type Result } from '../core/result.ts';
import type { SettingPath } from './config-problems.ts';
import { defaultPaths } from './default-paths.ts';
import { messageOf } from './log.ts';

export const DEFAULT_CONFIG_FILE: string = defaultPaths().configFile;

/** The settings in a file, not yet checked. */
export interface ConfigFile {
  readonly path: string;
  readonly exists: boolean;
  readonly settings: Readonly<Record<string, unknown>>;
  /** `agent.yaml:3:5`, where a setting stands: its key, or the nearest thing around that is there. */
  readonly positionOf: (setting: SettingPath) => string;
}

/** Why a configuration cannot be used: where, and the reason. */
export interface ConfigProblem {
  /** A place in the file (`agent.yaml:3:5`) with the setting, a variable, or a flag. */
  readonly where: string;
  readonly reason: string;
}

/** The settings of a file. One that was named must be there; the default one may be missing. */
export function readConfigFile(
  named: string | undefined,
): Result<ConfigFile, readonly ConfigProblem[]> {
  const path = named ?? DEFAULT_CONFIG_FILE;
  if (named === undefined && !existsSync(path)) {
    return ok({ path, exists: false, settings: {}, positionOf: () => path });
  }
  try {
    return parseConfigFile(path, readFileSync(path, 'utf8'));
  } catch (error) {
    return err([{ where: path, reason: messageOf(error) }]);
  }
}

function parseConfigFile(path: string, text: string): Result<ConfigFile, readonly ConfigProblem[]> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placeAt = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    return err(
      document.errors.map(({ pos, message }) => ({ where: placeAt(pos[0]), reason: message })),
    );
  }
  const { contents } = document;
  const content: unknown = document.toJS() ?? {};
  if (typeof content !== 'object' || Array.isArray(content) || content === null) {
    const reason = 'must be a mapping of settings, such as "url: https://..."';
    return err([{ where: placeAt(contents?.range[0] ?? 0), reason }]);
  }
  // A key with nothing behind it is one whose lines are all commented out.
  const settings = Object.fromEntries(
    Object.entries(content).filter(([, value]) => value !== null),
  );
  const positionOf = (setting: SettingPath) => placeAt(offsetOf(contents, setting));
  return ok({ path, exists: true, settings, positionOf });
}

function offsetOf(root: ParsedNode | null, setting: SettingPath): number {
  let node: unknown = root;
  let offset = root?.range[0] ?? 0;
  for (const part of setting) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === part);
      if (pair === undefined) break;
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof part === 'number') {
      const item: unknown = node.items[part];
      if (isScalar(item) || isMap(item) || isSeq(item)) offset = item.range?.[0] ?? offset;
      node = item;
    } else {
      break;
    }
  }
  return offset;
}
