import type { JSX } from 'preact';
import { t } from '../../i18n/language.ts';
import { Badge } from '../../ui/badge.tsx';
import type { Tone } from '../../ui/state.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { type AuditEntry, keyOf } from './audit-records.ts';
import { describe } from './describe.ts';
import { AUDIT } from './messages.ts';

/** Records in words, each with all that it holds behind "Details". */
export function AuditTable({ entries }: { readonly entries: readonly AuditEntry[] }): JSX.Element {
  return <Table label={t(AUDIT.title)} columns={columns()} rows={entries} rowKey={keyOf} />;
}

function columns(): readonly Column<AuditEntry>[] {
  return [
    { id: 'when', title: t(AUDIT.when), cell: ({ at }) => <Time ms={Date.parse(at)} /> },
    { id: 'who', title: t(AUDIT.who), cell: ({ who }) => who },
    { id: 'what', title: t(AUDIT.action), heads: true, cell: (entry) => <What entry={entry} /> },
    {
      id: 'subject',
      title: t(AUDIT.subject),
      cell: ({ subject }) => <code class="audit-subject">{subject}</code>,
    },
    {
      id: 'outcome',
      title: t(AUDIT.outcome),
      cell: ({ outcome }) => (
        <Badge
          tone={TONES[outcome]}
          {...(outcome === 'begun' ? { title: t(AUDIT.begunHelp) } : {})}
        >
          {t(AUDIT[outcome])}
        </Badge>
      ),
    },
  ];
}

const TONES: Readonly<Record<AuditEntry['outcome'], Tone>> = {
  done: 'good',
  begun: 'warning',
  refused: 'warning',
  failed: 'critical',
};

function What({ entry }: { readonly entry: AuditEntry }): JSX.Element {
  const { deed, detail } = describe(entry);
  const { before, after, reason, action } = entry;
  const hasMore = before !== undefined || after !== undefined;
  return (
    <>
      <span>{deed}</span> <span class="audit-action">{action}</span>
      {detail !== undefined && <div class="audit-detail">{detail}</div>}
      {reason !== undefined && (
        <div class="audit-detail">
          {t(AUDIT.reason)}: {reason}
        </div>
      )}
      {hasMore && (
        <details class="audit-more">
          <summary>{t(AUDIT.details)}</summary>
          {before !== undefined && <State title={t(AUDIT.before)} value={before} />}
          {after !== undefined && <State title={t(AUDIT.after)} value={after} />}
        </details>
      )}
    </>
  );
}

function State({ title, value }: { readonly title: string; readonly value: unknown }) {
  return (
    <>
      <p class="quiet small">{title}</p>
      {/* It may be wide: the arrow keys move it. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <pre class="audit-state" tabIndex={0}>
        {typeof value === 'string' ? value : JSON.stringify(value, null, 2)}
      </pre>
    </>
  );
}
