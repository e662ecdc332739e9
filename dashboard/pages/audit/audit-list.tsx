import type { JSX } from 'preact';
import { t } from '../../i18n/language.ts';
import { Badge } from '../../ui/badge.tsx';
import type { Tone } from '../../ui/state.tsx';
import { Time } from '../../ui/time.tsx';
import { type AuditEntry, keyOf } from './audit-records.ts';
import { describe } from './describe.ts';
import { AUDIT } from './messages.ts';

/** Records in words, each with all that it holds behind "Details". */
export function AuditList({ entries }: { readonly entries: readonly AuditEntry[] }): JSX.Element {
  return (
    <ol class="audit-list" aria-label={t(AUDIT.title)}>
      {entries.map((entry) => (
        <Entry entry={entry} key={keyOf(entry)} />
      ))}
    </ol>
  );
}

const TONES: Readonly<Record<AuditEntry['outcome'], Tone>> = {
  done: 'good',
  begun: 'warning',
  refused: 'warning',
  failed: 'critical',
};

function Entry({ entry }: { readonly entry: AuditEntry }): JSX.Element {
  const { deed, detail } = describe(entry);
  const { at, who, subject, outcome, reason } = entry;
  return (
    <li class="audit-entry">
      <div class="audit-what">
        <p>
          <strong>{deed}</strong> {/* That it was done needs no word. */}
          {outcome !== 'done' && (
            <Badge
              tone={TONES[outcome]}
              {...(outcome === 'begun' ? { title: t(AUDIT.begunHelp) } : {})}
            >
              {t(AUDIT[outcome])}
            </Badge>
          )}
        </p>
        {detail !== undefined && <p class="audit-detail">{detail}</p>}
        {reason !== undefined && <p class="audit-detail">{`${t(AUDIT.reason)}: ${reason}`}</p>}
        <More entry={entry} />
      </div>
      <p class="audit-who">{who}</p>
      <p class="audit-when">
        <Time ms={Date.parse(at)} />
      </p>
      <code class="audit-subject">{subject}</code>
    </li>
  );
}

function More({ entry }: { readonly entry: AuditEntry }): JSX.Element {
  const { before, after, action, subject } = entry;
  return (
    <details class="audit-more">
      <summary>{t(AUDIT.details)}</summary>
      <p class="quiet small">
        <code>{`${action} ${subject}`}</code>
      </p>
      {before !== undefined && <State title={t(AUDIT.before)} value={before} />}
      {after !== undefined && <State title={t(AUDIT.after)} value={after} />}
    </details>
  );
}

function State({ title, value }: { readonly title: string; readonly value: unknown }) {
  return (
    <>
      <p class="quiet small">{title}</p>
      <pre class="audit-state">
        {typeof value === 'string' ? value : JSON.stringify(value, null, 2)}
      </pre>
    </>
  );
}
