import { formatTime } from '../../format/time.ts';
import { t } from '../../i18n/language.ts';
import type { AuditEntry } from './audit-records.ts';
import { DEEDS } from './messages.ts';

/** What was done, in a few words, and what is known of its terms; `undefined`: nothing. */
export interface Description {
  readonly deed: string;
  readonly detail: string | undefined;
}

/** An entry in words. An action that a newer release made is called as the record has it. */
export function describe(entry: AuditEntry): Description {
  const deed = Object.hasOwn(DEEDS, entry.action)
    ? t(DEEDS[entry.action as keyof typeof DEEDS])
    : entry.action;
  return { deed, detail: detailOf(entry) };
}

/** What tells most of what an entry is about; names and terms, in no language. */
function detailOf({ after, before, action }: AuditEntry): string | undefined {
  const told = listed(after) ?? listed(before);
  const [first] = told ?? [];
  if (first === undefined) return undefined;
  const parts = [
    matchersOf(first),
    namesOf(told ?? []),
    textAt(first, 'name'),
    textAt(first, 'role'),
    areasOf(first),
    action.startsWith('enrolment-token') ? textAt(first, 'hosts') : undefined,
    quoted(textAt(first, 'comment') ?? textAt(first, 'note')),
    endOf(first),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(' · ');
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One thing or several of a kind, as a list; `undefined` if it is neither. */
function listed(value: unknown): readonly Fields[] | undefined {
  if (Array.isArray(value)) return value.filter(isFields);
  return isFields(value) ? [value] : undefined;
}

function textAt(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function quoted(text: string | undefined): string | undefined {
  return text === undefined ? undefined : `“${text}”`;
}

/** A silence's matchers, whichever way the record writes them. */
function matchersOf({ matchers }: Fields): string | undefined {
  if (!Array.isArray(matchers) || matchers.length === 0) return undefined;
  const texts = matchers.flatMap((matcher) => {
    if (typeof matcher === 'string') return [matcher];
    if (!isFields(matcher)) return [];
    const { name, op = '=', value } = matcher;
    return typeof name === 'string' ? [`${name}${String(op)}"${String(value)}"`] : [];
  });
  return texts.length === 0 ? undefined : texts.join(', ');
}

/** Which alerts were acknowledged. */
function namesOf(all: readonly Fields[]): string | undefined {
  const names = all.flatMap(({ labels }) => {
    if (!isFields(labels)) return [];
    const { alertname, host, vm } = labels;
    return [[alertname, vm ?? host].filter((text) => typeof text === 'string').join(' ')];
  });
  return names.length === 0 ? undefined : names.join(', ');
}

function areasOf({ areas }: Fields): string | undefined {
  return Array.isArray(areas) ? areas.join(', ') : undefined;
}

function endOf(fields: Fields): string | undefined {
  const end = fields['endsAt'] ?? fields['untilMs'];
  const ms = typeof end === 'string' ? Date.parse(end) : Number(end);
  return Number.isNaN(ms) ? undefined : `→ ${formatTime(ms)}`;
}
