import * as v from 'valibot';
import type { RuleConflict, RuleFileText } from '../../../core/answers/rules.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import {
  checkEditedFile,
  EDITED_FILE_MAX_BYTES,
  isRuleFileName,
  RULE_FILE_NAME_WORDS,
  rulesWithGroups,
} from '../../../core/rules/check-edited.ts';
import type { RuleFileVersion, RulesHead, StoredRuleFile } from '../../store/rule-versions.ts';
import type { Caller } from '../authenticate.ts';
import type { ApiRequest } from '../http.ts';
import { type ApiError, badData } from '../reply.ts';
import { readJsonBody } from '../tokens/body.ts';
import { countsOf, digestOf, fileText, noFile, ruleChanges, storedIn, textOf } from './files.ts';
import type { RulesEditPorts } from './ports.ts';

/** Files that somebody edited or made; deleted ones count, as they can come back, until others need their place. */
export const EDITED_FILES_MAX = 50;

/** Rules of all of them together: some 3 times what the largest fleets' own rules are. */
const EDITED_RULES_MAX = 2000;

/** Of one file; the oldest go. */
export const RULE_VERSIONS_MAX = 50;

/** A sentence or two. */
const COMMENT_MAX_CHARS = 500;

/** JSON writes some characters as six. */
export const RULE_BODY_MAX_CHARS = 1 << 20;

/** Writers of other files that come in between. */
const MAX_TRIES = 5;

const comment = v.optional(
  v.pipe(
    v.string(),
    v.trim(),
    v.maxLength(COMMENT_MAX_CHARS, `more than ${COMMENT_MAX_CHARS} characters`),
  ),
  '',
);
const basedOn = v.pipe(v.number(), v.integer(), v.minValue(0));

const Saved = v.strictObject({ text: v.string(), basedOn, comment });
const RolledBack = v.strictObject({
  to: v.union([v.literal('deployed'), v.pipe(v.number(), v.integer(), v.minValue(1))]),
  basedOn,
  comment,
});
const Deleted = v.strictObject({ basedOn, comment });

/** What shall hold from now on. */
interface Wish {
  readonly name: string;
  readonly kind: StoredRuleFile['kind'];
  readonly text?: string | undefined;
  readonly basedOn: number;
  readonly comment: string;
  readonly rolledBackTo?: number;
  readonly action: string;
}

type Answer = Promise<Result<RuleFileText, ApiError>>;

/** `PUT /api/v1/rules/files/NAME` with `{text, basedOn, comment}`; `basedOn` is the version that was edited. */
export async function putFile(
  request: ApiRequest,
  caller: Caller,
  ports: RulesEditPorts,
  name: string,
): Answer {
  if (!isRuleFileName(name)) return err(badData(RULE_FILE_NAME_WORDS));
  const body = readJsonBody(request, Saved, RULE_BODY_MAX_CHARS);
  if (!body.ok) return body;
  return change({ name, kind: 'text', action: 'rules.change', ...body.value }, caller, ports);
}

/** `POST /api/v1/rules/files/NAME/rollback` with `{to, basedOn, comment}`: a new version that says what an old one did. */
export async function rollBack(
  request: ApiRequest,
  caller: Caller,
  ports: RulesEditPorts,
  name: string,
): Answer {
  if (!isRuleFileName(name)) return noFile(name);
  const body = readJsonBody(request, RolledBack);
  if (!body.ok) return body;
  const { to, ...rest } = body.value;
  const wish = { name, action: 'rules.roll-back', ...rest };
  if (to === 'deployed') {
    if (!ports.deployed.has(name))
      return err(badData(`no file "${name}" is deployed to go back to: delete it instead`));
    return change({ ...wish, kind: 'deployed' }, caller, ports);
  }
  const text = await ports.store.text(name, to);
  if (text === undefined) {
    const message = `version ${to} of "${name}" is not kept, or has no text of its own`;
    return err({ kind: 'not_found', message });
  }
  return change({ ...wish, kind: 'text', text, rolledBackTo: to }, caller, ports);
}

/** `DELETE /api/v1/rules/files/NAME` with `{basedOn, comment}`: of a file that was made here. */
export async function deleteFile(
  request: ApiRequest,
  caller: Caller,
  ports: RulesEditPorts,
  name: string,
): Answer {
  if (!isRuleFileName(name)) return noFile(name);
  const body = readJsonBody(request, Deleted);
  if (!body.ok) return body;
  if (ports.deployed.has(name)) {
    const message = `"${name}" is deployed, so it can't be deleted here: roll it back to the deployed one, or save it without groups`;
    return err(badData(message));
  }
  return change({ name, kind: 'gone', action: 'rules.delete', ...body.value }, caller, ports);
}

async function change(wish: Wish, caller: Caller, ports: RulesEditPorts): Answer {
  const { name, kind, text } = wish;
  const head = await ports.store.head();
  const before = storedIn(head, name);
  if ((before?.version ?? 0) !== wish.basedOn) return conflict(wish, head, ports);
  if (kind === 'gone' && before?.kind !== 'text') return noFile(name);
  const counted = checked(wish, head);
  if (!counted.ok) return counted;
  const versions = await ports.store.versions(name);
  const version: RuleFileVersion = {
    ...{
      kind,
      atMs: ports.nowMs(),
      who: caller.name,
      comment: wish.comment,
      basedOn: wish.basedOn,
    },
    version: Math.max(wish.basedOn, versions[0]?.version ?? 0) + 1,
    ...(wish.rolledBackTo === undefined ? {} : { rolledBackTo: wish.rolledBackTo }),
    ...{ bytes: counted.value.bytes, rules: counted.value.rules },
  };
  const entry: StoredRuleFile = {
    ...{ name, version: version.version, kind, atMs: version.atMs, who: version.who },
    ...(text === undefined ? {} : { digest: digestOf(text), ...counted.value }),
    ...deployedDigestOf(ports, name),
  };
  const old = await textOf(ports, name, before);
  const now = kind === 'deployed' ? ports.deployed.get(name)?.text : text;
  const done = await ports.audit.record(
    {
      who: caller.name,
      action: wish.action,
      subject: name,
      before: { version: wish.basedOn },
      after: { version: version.version, comment: wish.comment, ...ruleChanges(old, now) },
    },
    () => store(ports, head, entry, version, text),
    (stored) => (stored ? undefined : 'somebody else changed it at the same time'),
  );
  if (!done) return conflict(wish, await ports.store.head(), ports);
  await forget(ports, name, versions);
  return ok(await fileText(ports, await ports.store.head(), name));
}

/** Is it good, and is there room for it? */
function checked(
  { name, kind, text }: Wish,
  head: RulesHead,
): Result<ReturnType<typeof countsOf>, ApiError> {
  if (kind !== 'text' || text === undefined) return ok({ groups: 0, rules: 0, bytes: 0 });
  const { errors, groups } = checkEditedFile(text, name);
  if (errors.length > 0) {
    const lines = errors.slice(0, 20).map((one) => `${one.line}:${one.column}: ${one.message}`);
    const tooLong = Buffer.byteLength(text) > EDITED_FILE_MAX_BYTES;
    const data = JSON.stringify({ errors });
    return err({ kind: tooLong ? 'too_large' : 'bad_data', message: lines.join('\n'), data });
  }
  const counted = countsOf(text, groups);
  const others = head.files.filter((file) => file.name !== name);
  const live = others.filter((file) => file.kind !== 'gone');
  if (live.length >= EDITED_FILES_MAX)
    return err(
      badData(
        `${live.length} files are edited here already, the limit is ${EDITED_FILES_MAX}: roll some back, or put rules into one file`,
      ),
    );
  // A group without rules counts as one: evaluators remember it.
  const rules = live.reduce(
    (sum, file) => sum + Math.max(file.rules ?? 0, file.groups ?? 0),
    rulesWithGroups(groups),
  );
  if (rules > EDITED_RULES_MAX)
    return err(
      badData(
        `edited files would have ${rules} rules, the limit is ${EDITED_RULES_MAX}: deploy some of them`,
      ),
    );
  return ok(counted);
}

function deployedDigestOf(
  { deployed }: RulesEditPorts,
  name: string,
): Pick<StoredRuleFile, 'deployedDigest'> {
  const file = deployed.get(name);
  return file === undefined ? {} : { deployedDigest: digestOf(file.text) };
}

/** Stores a version, then makes it the one that holds; `false`: another writer was quicker with this file. */
async function store(
  ports: RulesEditPorts,
  first: RulesHead,
  entry: StoredRuleFile,
  version: RuleFileVersion,
  text: string | undefined,
): Promise<boolean> {
  if (!(await ports.store.add(entry.name, version, text))) return false;
  let head = first;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    if ((storedIn(head, entry.name)?.version ?? 0) !== version.basedOn) break;
    const { files, purged } = withEntry(head, entry);
    if (await ports.store.putHead({ files, revision: head.revision })) {
      for (const one of purged) await removePurged(ports, one);
      return true;
    }
    head = await ports.store.head();
    // Written after all: the answer was lost, and somebody changed another file meanwhile.
    if (storedIn(head, entry.name)?.version === version.version) return true;
  }
  await ports.store.remove(entry.name, version.version);
  return false;
}

/** The files with one of them as it is now; what was deleted longest ago makes room. */
function withEntry(
  { files }: RulesHead,
  entry: StoredRuleFile,
): { readonly files: readonly StoredRuleFile[]; readonly purged: readonly StoredRuleFile[] } {
  const others = files.filter(({ name }) => name !== entry.name);
  const gone = others.filter(({ kind }) => kind === 'gone').sort((a, b) => a.atMs - b.atMs);
  const purged = gone.slice(0, Math.max(0, others.length + 1 - EDITED_FILES_MAX));
  return { files: [...others.filter((file) => !purged.includes(file)), entry], purged };
}

/**
 * Versions of a file that made room, up to the one that deleted it: somebody may have saved one of that name since. The
 * change holds already, so what can't be removed stays.
 */
async function removePurged(
  { store: versionStore }: RulesEditPorts,
  { name, version: last }: StoredRuleFile,
): Promise<void> {
  try {
    const versions = await versionStore.versions(name);
    // The oldest first: one that is made meanwhile takes a number above all that are left.
    for (const { version } of versions.toReversed())
      if (version <= last) await versionStore.remove(name, version);
  } catch {
    return;
  }
}

/** What is left there is removed with the next change. */
async function forget(
  { store: versionStore }: RulesEditPorts,
  name: string,
  before: readonly RuleFileVersion[],
): Promise<void> {
  for (const { version } of before.slice(RULE_VERSIONS_MAX - 1)) {
    try {
      await versionStore.remove(name, version);
    } catch {
      return;
    }
  }
}

/** 409, with what holds now and what the change was based on, so that nothing anybody wrote is lost. */
async function conflict(
  { name, basedOn: base }: Wish,
  head: RulesHead,
  ports: RulesEditPorts,
): Promise<Result<never, ApiError>> {
  const stored = storedIn(head, name);
  if (stored === undefined && !ports.deployed.has(name) && base > 0) return noFile(name);
  const baseText = base === 0 ? ports.deployed.get(name)?.text : await ports.store.text(name, base);
  const data: RuleConflict = {
    name,
    current: await fileText(ports, head, name),
    ...(baseText === undefined ? {} : { base: baseText }),
  };
  const by = stored === undefined ? '' : `, saved by ${stored.who}`;
  const message = `"${name}" is at version ${stored?.version ?? 0}${by}, and this was based on version ${base}: nothing was changed`;
  return err({ kind: 'conflict', message, data: JSON.stringify(data) });
}
