import type { RuleFileInfo } from '../../../core/answers/rules.ts';

/** An alert of `/api/v1/rules`. */
export interface ActiveAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
  readonly activeAt: string;
  readonly keepFiringSince?: string;
  readonly value: string;
}

export type RuleHealth = 'ok' | 'err' | 'unknown';
export type RuleState = 'firing' | 'pending' | 'inactive' | 'unknown';

/** A rule of `/api/v1/rules`, as Prometheus has it; times in s. */
export interface ApiRule {
  readonly type: 'alerting' | 'recording';
  readonly name: string;
  readonly query: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly health: RuleHealth;
  readonly lastError?: string;
  readonly lastEvaluation: string;
  readonly evaluationTime: number;
  readonly state?: RuleState;
  readonly duration?: number;
  readonly keepFiringFor?: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly alerts?: readonly ActiveAlert[] | null;
}

export interface ApiGroup {
  readonly name: string;
  readonly file: string;
  readonly interval: number;
  readonly lastEvaluation: string;
  readonly evaluationTime: number;
  readonly rules: readonly ApiRule[];
}

/** Which rule: `nth` of those with its name in its group, from 0. */
export interface RulePlace {
  readonly file: string;
  readonly group: string;
  readonly name: string;
  readonly nth: number;
}

export interface RuleView extends ApiRule {
  readonly place: RulePlace;
  readonly firing: number;
  readonly pending: number;
}

export interface GroupView extends Omit<ApiGroup, 'rules'> {
  readonly rules: readonly RuleView[];
}

export interface FileView {
  readonly name: string;
  /** Absent: the file list is not known (yet). */
  readonly info?: RuleFileInfo;
  readonly groups: readonly GroupView[];
}

/** What is looked for; empty texts stand for all. */
export interface RuleFilter {
  readonly text: string;
  readonly state: RuleState | '';
  readonly health: RuleHealth | '';
}

/** All files with their groups and rules: of those that have none, what the file list says. */
export function fileViews(
  groups: readonly ApiGroup[],
  files: readonly RuleFileInfo[] = [],
): readonly FileView[] {
  const names = new Set([...groups.map(({ file }) => file), ...files.map(({ name }) => name)]);
  return [...names].sort().map((name): FileView => {
    const info = files.find((file) => file.name === name);
    const own = groups.filter(({ file }) => file === name).map(groupView);
    return { name, groups: own, ...(info === undefined ? {} : { info }) };
  });
}

function groupView(group: ApiGroup): GroupView {
  const seen = new Map<string, number>();
  const rules = group.rules.map((rule): RuleView => {
    const nth = seen.get(rule.name) ?? 0;
    seen.set(rule.name, nth + 1);
    const alerts = rule.alerts ?? [];
    const firing = alerts.filter(({ state }) => state === 'firing').length;
    const place = { file: group.file, group: group.name, name: rule.name, nth };
    return { ...rule, place, firing, pending: alerts.length - firing };
  });
  return { ...group, rules };
}

/** What of it fits; files and groups without any rule that does are left out, unless nothing is looked for. */
export function filterFiles(
  files: readonly FileView[],
  { text, state, health }: RuleFilter,
): readonly FileView[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0 && state === '' && health === '') return files;
  const fits = (rule: RuleView): boolean => {
    if (state !== '' && (rule.state ?? 'inactive') !== state) return false;
    if (health !== '' && rule.health !== health) return false;
    const { file, group } = rule.place;
    const labels = Object.entries(rule.labels).map(([name, value]) => `${name}=${value}`);
    const said = [rule.name, file, group, rule.query, ...labels].join('\n').toLowerCase();
    return words.every((word) => said.includes(word));
  };
  return files.flatMap((file) => {
    const groups = file.groups.flatMap((group) => {
      const rules = group.rules.filter(fits);
      return rules.length === 0 ? [] : [{ ...group, rules }];
    });
    return groups.length === 0 ? [] : [{ ...file, groups }];
  });
}

/** The rule at a place; `undefined`: there is none (any more). */
export function ruleAt(files: readonly FileView[], place: RulePlace): RuleView | undefined {
  return files
    .find(({ name }) => name === place.file)
    ?.groups.find(({ name }) => name === place.group)
    ?.rules.filter(({ name }) => name === place.name)[place.nth];
}

/** How many rules of all, and how many are not well. */
export function countRules(
  files: readonly FileView[],
): Readonly<Record<'rules' | 'firing' | 'pending' | 'failing', number>> {
  const rules = files.flatMap((file) => file.groups.flatMap((group) => group.rules));
  return {
    rules: rules.length,
    firing: rules.filter(({ firing }) => firing > 0).length,
    pending: rules.filter(({ firing, pending }) => firing === 0 && pending > 0).length,
    failing: rules.filter(({ health }) => health === 'err').length,
  };
}

/** What an address says of a rule. */
export function placeOf(query: URLSearchParams): RulePlace | undefined {
  const [file, group, name] = [query.get('file'), query.get('group'), query.get('rule')];
  if (file === null || group === null || name === null) return undefined;
  const nth = Number(query.get('nth') ?? 0);
  return { file, group, name, nth: Number.isSafeInteger(nth) && nth >= 0 ? nth : 0 };
}

/** The query of an address that leads to a rule. */
export function placeQuery({
  file,
  group,
  name,
  nth,
}: RulePlace): Record<string, string | undefined> {
  return { file, group, rule: name, nth: nth === 0 ? undefined : String(nth) };
}
