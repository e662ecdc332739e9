import { createHash } from 'node:crypto';
import type {
  RuleFileInfo,
  RuleFileList,
  RuleFileSource,
  RuleFileText,
  RuleVersionInfo,
} from '../../../core/answers/rules.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { isRuleFileName } from '../../../core/rules/check-edited.ts';
import { parseRuleFile, type Rule } from '../../../core/rules/rule-file.ts';
import { isoTime } from '../../../core/time.ts';
import {
  type RulesHead,
  type StoredRuleFile,
  versionsThatHeld,
} from '../../store/rule-versions.ts';
import type { ApiError } from '../reply.ts';
import type { RulesEditPorts } from './ports.ts';

/** Enough to see that a text is another one. */
const DIGEST_CHARS = 12;

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, DIGEST_CHARS);
}

/** The text that holds; `undefined`: there is none, or it is not there any more. */
export async function textOf(
  ports: Pick<RulesEditPorts, 'deployed' | 'store'>,
  name: string,
  stored: StoredRuleFile | undefined,
): Promise<string | undefined> {
  if (stored?.kind === 'text') return ports.store.text(name, stored.version);
  return ports.deployed.get(name)?.text;
}

/** `GET /api/v1/rules/files`: every file, deployed or stored; those that were deleted too, as they can come back. */
export async function listFiles(ports: RulesEditPorts): Promise<RuleFileList> {
  const head = await ports.store.head();
  const { errors, unusable } = await ports.source.refresh();
  const names = new Set([...ports.deployed.keys(), ...head.files.map(({ name }) => name)]);
  const files = [...names].sort().map((name) => infoOf(ports, head, name, unusable));
  return { files, errors };
}

/** `GET /api/v1/rules/files/NAME`: its text. A deleted one, of which none was deployed since, has none: the last one that was saved is given. */
export async function getFile(
  ports: RulesEditPorts,
  name: string,
): Promise<Result<RuleFileText, ApiError>> {
  const head = await ports.store.head();
  const stored = storedIn(head, name);
  if (stored === undefined && !ports.deployed.has(name)) return noFile(name);
  return ok(await fileText(ports, head, name));
}

export async function fileText(
  ports: RulesEditPorts,
  head: RulesHead,
  name: string,
): Promise<RuleFileText> {
  const stored = storedIn(head, name);
  const { unusable } = await ports.source.refresh();
  const text =
    stored?.kind === 'gone' && !ports.deployed.has(name)
      ? await ports.store.text(name, stored.version - 1)
      : await textOf(ports, name, stored);
  const deployedText = ports.deployed.get(name)?.text;
  return {
    ...infoOf(ports, head, name, unusable),
    text: text ?? '',
    ...(deployedText === undefined ? {} : { deployedText }),
  };
}

export function noFile(name: string): Result<never, ApiError> {
  return err({ kind: 'not_found', message: `there is no rule file "${name}"` });
}

export function storedIn(head: RulesHead, name: string): StoredRuleFile | undefined {
  return head.files.find((file) => file.name === name);
}

function infoOf(
  { deployed }: RulesEditPorts,
  head: RulesHead,
  name: string,
  unusable: readonly string[],
): RuleFileInfo {
  const stored = storedIn(head, name);
  const file = deployed.get(name);
  const counted =
    stored?.kind === 'text'
      ? { groups: stored.groups ?? 0, rules: stored.rules ?? 0, bytes: stored.bytes ?? 0 }
      : countsOf(file?.text ?? '', file?.groups ?? []);
  const digest = file === undefined ? undefined : digestOf(file.text);
  return {
    name,
    source: sourceOf(stored, file !== undefined),
    version: stored?.version ?? 0,
    deployedChanged: stored?.kind === 'text' && stored.deployedDigest !== digest,
    ...counted,
    ...(stored === undefined ? {} : { who: stored.who, at: isoTime(stored.atMs) }),
    unusable: unusable.includes(name),
  };
}

function sourceOf(stored: StoredRuleFile | undefined, isDeployed: boolean): RuleFileSource {
  if (stored?.kind === 'text') return isDeployed ? 'edited' : 'new';
  // Deleted, or put back to what was deployed then: what is deployed now holds, if anything is.
  return isDeployed ? 'deployed' : 'gone';
}

export function countsOf(
  text: string,
  groups: readonly { readonly rules: readonly unknown[] }[],
): { readonly groups: number; readonly rules: number; readonly bytes: number } {
  const rules = groups.reduce((sum, group) => sum + group.rules.length, 0);
  return { groups: groups.length, rules, bytes: Buffer.byteLength(text) };
}

/** `GET /api/v1/rules/files/NAME/versions`: who changed it, when and why, the newest first. */
export async function listVersions(
  ports: RulesEditPorts,
  name: string,
): Promise<Result<readonly RuleVersionInfo[], ApiError>> {
  const head = await ports.store.head();
  const stored = storedIn(head, name);
  if (stored === undefined) return ports.deployed.has(name) ? ok([]) : noFile(name);
  const versions = await ports.store.versions(name);
  const held = new Set(versionsThatHeld(versions, stored.version));
  return ok(
    versions.map((one) => {
      const { basedOn: _, atMs, ...version } = one;
      const isCurrent = version.version === stored.version;
      return { ...version, at: isoTime(atMs), isCurrent, tookEffect: held.has(one) };
    }),
  );
}

/** `GET /api/v1/rules/files/NAME/versions/VERSION`: what a version says; `deployed`: what was deployed. */
export async function getVersion(
  ports: RulesEditPorts,
  name: string,
  version: string,
): Promise<Result<{ readonly text: string }, ApiError>> {
  const text =
    version === 'deployed'
      ? ports.deployed.get(name)?.text
      : /^[1-9]\d{0,7}$/.test(version) && isRuleFileName(name)
        ? await ports.store.text(name, Number(version))
        : undefined;
  if (text !== undefined) return ok({ text });
  const message = `version ${version} of "${name}" is not kept, or has no text of its own`;
  return err({ kind: 'not_found', message });
}

/** Rules that one text has and another has not, or has otherwise; by `group/name`, for the record of a change. */
export function ruleChanges(
  before: string | undefined,
  after: string | undefined,
): Readonly<Record<string, readonly string[]>> {
  const [old, now] = [rulesIn(before), rulesIn(after)];
  const added = [...now.keys()].filter((key) => !old.has(key));
  const removed = [...old.keys()].filter((key) => !now.has(key));
  const changed = [...now].filter(([key, text]) => old.has(key) && old.get(key) !== text);
  const lists = { added, removed, changed: changed.map(([key]) => key) };
  return Object.fromEntries(
    Object.entries(lists)
      .filter(([, keys]) => keys.length > 0)
      .map(([what, keys]) => [what, keys.slice(0, MAX_LISTED)]),
  );
}

/** Of one kind of change. */
const MAX_LISTED = 100;

/** What a rule says, and not how that was parsed. */
function written(rule: Rule): readonly unknown[] {
  if (rule.kind === 'record') return [rule.exprText, rule.labels];
  const texts = [rule.labels, rule.annotations].map((templates) =>
    templates.map(({ name, template }) => [name, template.text]),
  );
  return [rule.exprText, rule.forMs, rule.keepFiringForMs, texts];
}

function rulesIn(text: string | undefined): Map<string, string> {
  const parsed = parseRuleFile(text ?? '', '');
  const rules = new Map<string, string>();
  for (const group of parsed.ok ? parsed.value : [])
    for (const rule of group.rules) {
      const terms = [group.intervalMs, group.limit, group.queryOffsetMs, ...written(rule)];
      const key = `${group.name}/${rule.name}`;
      rules.set(key, (rules.get(key) ?? '') + JSON.stringify(terms));
    }
  return rules;
}
