import { formatRuleFileError, parseRuleFile, type RuleGroup } from '../../core/rules/rule-file.ts';
import { storeFaultOf } from '../store/errors.ts';
import {
  type RuleFileVersion,
  type RulesHead,
  type RuleVersionStore,
  type StoredRuleFile,
  versionsThatHeld,
} from '../store/rule-versions.ts';
import type { DeployedFile, LoadedRules } from './rules.ts';

/**
 * The rules that hold: the deployed files, with those that people edited in their stead. A look whether anything
 * changed is one read of one small item; only what changed is read and parsed.
 */

/** The rules that hold now. */
export interface RulesNow extends LoadedRules {
  /** Files that are not evaluated as they were saved or deployed: they can't be read, or are no rule files. */
  readonly unusable: readonly string[];
}

export interface RuleSource {
  /** As of the last look; before the first one what was deployed. */
  readonly latest: () => RulesNow;
  /**
   * Looks, and gives the very same as before where nothing changed. What can't be read or is wrong costs only its own
   * file, of which what held last goes on to hold. Throws where the table can't be read and nothing was ever read: to
   * go on without rules that somebody made would end their alerts.
   */
  readonly refresh: () => Promise<RulesNow>;
}

/** Of a stored file that can't be used so many that held before it are tried. */
const MAX_EARLIER = 3;

type Store = Pick<RuleVersionStore, 'head' | 'text' | 'versions'>;

/** What stands for one stored file. */
interface Held {
  /** The version that was asked for. */
  readonly version: number;
  /**
   * `undefined`: what was deployed holds, if anything was. So it does under the name of a file that was deleted: only
   * what was not deployed can be deleted, and who deploys it afterwards wants it.
   */
  readonly groups: readonly RuleGroup[] | undefined;
  /** Why that is not what was saved. */
  readonly problem?: string;
}

export function createRuleSource(
  deployed: ReadonlyMap<string, DeployedFile>,
  store: Store,
): RuleSource {
  let held = new Map<string, Held>();
  let revision: number | undefined;
  let now = merged(deployed, held);
  let looks = 0;
  let appliedLook = 0;

  const refresh = async (): Promise<RulesNow> => {
    const look = ++looks;
    let head: RulesHead;
    const next = new Map<string, Held>();
    try {
      head = await store.head();
      // What could not be used may be by now: a table that was busy, a release that was rolled back.
      const isSettled = [...held.values()].every(({ problem }) => problem === undefined);
      if (head.revision === revision && isSettled) return now;
      for (const file of head.files)
        next.set(file.name, await hold(store, file, held.get(file.name)));
    } catch (error) {
      return withoutLook(error, revision !== undefined, now);
    }
    // One that began later saw the same or what is newer.
    if (look < appliedLook) return now;
    appliedLook = look;
    revision = head.revision;
    const isSame = sameHeld(held, next);
    held = next;
    if (!isSame) now = merged(deployed, held);
    return now;
  };
  return { latest: () => now, refresh };
}

/** What holds where the table did not say. */
function withoutLook(error: unknown, hasLooked: boolean, now: RulesNow): RulesNow {
  if (!hasLooked && isPassing(error)) throw error;
  const why = error instanceof Error ? error.message : String(error);
  const what = hasLooked ? 'as they were last' : 'as they were deployed';
  const line = `edited rules can't be read, so rules are evaluated ${what}: ${why}`;
  return { ...now, errors: [...now.errors, line], unusable: [...now.unusable, 'edited rules'] };
}

async function hold(store: Store, file: StoredRuleFile, before: Held | undefined): Promise<Held> {
  const { name, version, kind } = file;
  if (before?.version === version && before.problem === undefined) return before;
  if (kind !== 'text') return { version, groups: undefined };
  const read = await readVersion(store, name, version);
  if ('groups' in read) return { version, groups: read.groups };
  const unusable = (what: string) =>
    `${name}: version ${version} can't be used, ${what}: ${read.problem}`;
  if (before !== undefined) {
    const what = before.groups === undefined ? 'what was deployed holds' : 'the one before it is';
    const problem = unusable(what);
    return { version, groups: before.groups, problem };
  }
  for (const earlier of await heldBefore(store, name, version)) {
    if (earlier.kind !== 'text') break;
    const other = await readVersion(store, name, earlier.version);
    if (!('groups' in other)) continue;
    return { version, groups: other.groups, problem: unusable(`version ${earlier.version} is`) };
  }
  return { version, groups: undefined, problem: unusable('what was deployed holds') };
}

/** What held before a version, the newest first: a save that was cut short has left versions that never did. */
async function heldBefore(
  store: Store,
  name: string,
  version: number,
): Promise<readonly RuleFileVersion[]> {
  let all: readonly RuleFileVersion[];
  try {
    all = await store.versions(name);
  } catch (error) {
    if (isPassing(error)) throw error;
    return [];
  }
  const before = versionsThatHeld(all, version).filter((one) => one.version < version);
  return before.slice(0, MAX_EARLIER);
}

/** Does the fault say nothing of what was asked for: a table that is busy? */
function isPassing(error: unknown): boolean {
  const fault = storeFaultOf(error);
  return fault !== undefined && !fault.isLasting;
}

/** Throws what passes: a table that is busy says nothing of the file. */
async function readVersion(
  store: Pick<Store, 'text'>,
  name: string,
  version: number,
): Promise<{ readonly groups: readonly RuleGroup[] } | { readonly problem: string }> {
  let text: string | undefined;
  try {
    text = await store.text(name, version);
  } catch (error) {
    if (isPassing(error)) throw error;
    return { problem: error instanceof Error ? error.message : String(error) };
  }
  if (text === undefined) return { problem: 'its text is not there' };
  const parsed = parseRuleFile(text, name);
  if (!parsed.ok) return { problem: parsed.error.map(formatRuleFileError).join('; ') };
  return { groups: parsed.value.map((group) => ({ ...group, isEdited: true })) };
}

function sameHeld(a: ReadonlyMap<string, Held>, b: ReadonlyMap<string, Held>): boolean {
  return (
    a.size === b.size &&
    [...a].every(
      ([name, held]) =>
        b.get(name)?.groups === held.groups &&
        b.get(name)?.problem === held.problem &&
        b.get(name)?.version === held.version,
    )
  );
}

/** All files by name, as a folder would have them. */
function merged(
  deployed: ReadonlyMap<string, DeployedFile>,
  held: ReadonlyMap<string, Held>,
): RulesNow {
  const groups: RuleGroup[] = [];
  const errors: string[] = [];
  const unusable: string[] = [];
  for (const name of [...new Set([...deployed.keys(), ...held.keys()])].sort()) {
    const stored = held.get(name);
    if (stored?.problem !== undefined) errors.push(stored.problem);
    if (stored?.groups !== undefined) groups.push(...stored.groups);
    else {
      groups.push(...(deployed.get(name)?.groups ?? []));
      errors.push(...(deployed.get(name)?.errors ?? []));
    }
    const isBad = stored?.groups === undefined && (deployed.get(name)?.errors.length ?? 0) > 0;
    if (stored?.problem !== undefined || isBad) unusable.push(name);
  }
  return { groups, errors, unusable };
}
