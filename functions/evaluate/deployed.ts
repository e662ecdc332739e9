import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Rule, RuleGroup } from '../../core/rules/rule-file.ts';
import type { AuditLog } from '../store/audit-log.ts';
import type { Deployed } from '../store/deployed.ts';

/**
 * Who changes rules, routing or settings deploys them, and there are many ways to do that. So it is the
 * evaluator that puts on record what is another than it was, once when it starts: one read of the table.
 */

/** Of a rule or a file: enough to see that it is another one, too little to guess a secret by. */
const DIGEST_CHARS = 12;
/** Names of one kind that a record lists; more are counted. */
const LISTED_MAX = 100;

/** Ticks that are let pass after a failure. */
const TICKS_BETWEEN_MAX = 60;

/** What runs here: the rules, the other files of their folder, and settings. */
export function deployedHere(
  version: string,
  folder: string,
  groups: readonly RuleGroup[],
  settings: Readonly<Record<string, string>>,
): Deployed {
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => [name, digestOf(join(folder, name))] as const);
  const rules = groups.flatMap((group) =>
    group.rules.map((rule, i) => [
      `${group.file}, ${group.name}: ${rule.name} (${i + 1})`,
      digest(JSON.stringify([group.intervalMs, group.limit, group.queryOffsetMs, written(rule)])),
    ]),
  );
  return {
    version,
    rules: Object.fromEntries(rules),
    files: Object.fromEntries(files),
    settings,
  };
}

/** What a rule says, and not how that was parsed, which may differ between releases. */
function written(rule: Rule): unknown {
  const { kind, name, exprText, labels } = rule;
  if (kind === 'record') return [kind, name, exprText, labels];
  const texts = [rule.labels, rule.annotations].map((templates) =>
    templates.map((each) => [each.name, each.template.text]),
  );
  return [kind, name, exprText, rule.forMs, rule.keepFiringForMs, texts];
}

/** What is not ours to read, as an editor's own file, must not keep the rules from being evaluated. */
function digestOf(path: string): string {
  try {
    return digest(readFileSync(path));
  } catch {
    return 'unreadable';
  }
}

function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, DIGEST_CHARS);
}

export interface DeployedPorts {
  readonly here: Deployed;
  readonly read: () => Promise<{
    readonly deployed: Deployed | undefined;
    readonly revision: number;
  }>;
  readonly put: (deployed: Deployed, revision: number) => Promise<boolean>;
  readonly audit: Pick<AuditLog, 'record'>;
}

/**
 * Notes what runs here once that succeeds; says why it did not. Ticks go on in any case: a later one tries again, after
 * more and more others up to an hour, as each try may leave a record of itself.
 */
export function createDeployedNote(ports: DeployedPorts): () => Promise<string | undefined> {
  let isNoted = false;
  let ticksToWait = 0;
  let failures = 0;
  return async () => {
    if (isNoted || ticksToWait-- > 0) return undefined;
    try {
      await noteDeployed(ports);
      isNoted = true;
      return undefined;
    } catch (error) {
      ticksToWait = Math.min(TICKS_BETWEEN_MAX, 2 ** failures++ - 1);
      const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return `that rules or settings may have changed is not on record yet: ${why}`;
    }
  };
}

/** Puts on record what differs from what ran before, if anything does. Done again, it changes nothing. */
async function noteDeployed({ here, read, put, audit }: DeployedPorts): Promise<void> {
  const { deployed: before, revision } = await read();
  const [old, now] = difference(before, here);
  if (Object.keys(now).length === 0 && Object.keys(old).length === 0) return;
  await audit.record(
    {
      who: 'deployment',
      action: before === undefined ? 'deployment.begin' : 'deployment.change',
      subject: `Hypervigil ${here.version}`,
      ...(before === undefined ? {} : { before: old }),
      after: now,
    },
    () => put(here, revision),
    (isPut) => (isPut ? undefined : 'another evaluator noted it first'),
  );
}

const KINDS = ['rules', 'files', 'settings'] as const;

/** What of each is not so in the other. At first: how many rules, which files and settings. */
function difference(
  before: Deployed | undefined,
  here: Deployed,
): readonly [Record<string, unknown>, Record<string, unknown>] {
  if (before === undefined) {
    const { rules, ...rest } = here;
    return [{}, { ...rest, rules: Object.keys(rules).length }];
  }
  const [old, now]: [Record<string, unknown>, Record<string, unknown>] = [{}, {}];
  if (before.version !== here.version) {
    old['version'] = before.version;
    now['version'] = here.version;
  }
  for (const kind of KINDS) {
    const [gone, come] = [differing(before[kind], here[kind]), differing(here[kind], before[kind])];
    if (gone !== undefined) old[kind] = gone;
    if (come !== undefined) now[kind] = come;
  }
  return [old, now];
}

/** Entries of one that the other has not, or has otherwise. */
function differing(
  these: Readonly<Record<string, string>>,
  others: Readonly<Record<string, string>>,
): Record<string, unknown> | undefined {
  const entries = Object.entries(these).filter(([name, value]) => others[name] !== value);
  if (entries.length === 0) return undefined;
  const more = entries.length - LISTED_MAX;
  const listed = Object.fromEntries(entries.slice(0, LISTED_MAX));
  return more > 0 ? { ...listed, more } : listed;
}
