import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useQuery } from '../../app/router.ts';
import { t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { Combobox } from '../../ui/combobox.tsx';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { type AuditFilter, type AuditRange, RANGES, USUAL_RANGE } from './audit-records.ts';
import { AUDIT, DEEDS } from './messages.ts';

const ACTIONS: readonly string[] = Object.keys(DEEDS);
/** On phones it is folded. */
const FORM = 'audit-filters';
const OUTCOMES = ['', 'done', 'refused', 'failed', 'begun'] as const;

/** What is looked for; it stands in the address. */
export function Filters({ filter }: { readonly filter: AuditFilter }): JSX.Element {
  const [, change] = useQuery();
  const [who, setWho] = useState(filter.who);
  const [action, setAction] = useState(filter.action);
  const [subject, setSubject] = useState(filter.subject);
  const find = (now: Partial<AuditFilter> = {}) => {
    const wanted = { ...filter, who, action, subject, ...now };
    change({
      who: orNone(wanted.who),
      action: orNone(wanted.action),
      subject: orNone(wanted.subject),
      outcome: orNone(wanted.outcome),
      range: wanted.range === USUAL_RANGE ? undefined : wanted.range,
    });
  };
  const isAny = [filter.who, filter.action, filter.subject, filter.outcome].some(Boolean);
  const [isOpen, setOpen] = useState(isAny);
  return (
    <search>
      <button
        type="button"
        class="button button-plain audit-fold"
        aria-expanded={isOpen}
        aria-controls={FORM}
        onClick={() => setOpen(!isOpen)}
      >
        {`${t(AUDIT.filter)} · ${t(AUDIT[filter.range])}`}
      </button>
      <form
        id={FORM}
        class={isOpen ? 'audit-filters' : 'audit-filters audit-folded'}
        onSubmit={(event) => {
          event.preventDefault();
          find();
        }}
      >
        <TextField label={t(AUDIT.who)} type="search" value={who} onChange={setWho} search />
        <Combobox
          label={t(AUDIT.action)}
          value={action}
          onChange={setAction}
          onChoose={(chosen) => find({ action: chosen })}
          options={ACTIONS}
          placeholder="silence.*"
        />
        <TextField label={t(AUDIT.subject)} type="search" value={subject} onChange={setSubject} />
        <Select
          label={t(AUDIT.outcome)}
          value={OUTCOMES.find((one) => one === filter.outcome) ?? ''}
          options={OUTCOMES.map((value) => ({
            value,
            text: value === '' ? t(AUDIT.anything) : t(AUDIT[value]),
          }))}
          onChange={(outcome) => find({ outcome })}
        />
        <Select
          label={t(AUDIT.range)}
          value={filter.range}
          options={ranges().map((value) => ({ value, text: t(AUDIT[value]) }))}
          onChange={(range) => find({ range })}
        />
        <div class="audit-buttons">
          <Button kind="primary" type="submit">
            {t(AUDIT.find)}
          </Button>
          {isAny && (
            <Button onClick={() => find({ who: '', action: '', subject: '', outcome: '' })}>
              {t(AUDIT.clear)}
            </Button>
          )}
        </div>
      </form>
    </search>
  );
}

function ranges(): AuditRange[] {
  return (Object.keys(RANGES) as AuditRange[]).sort((a, b) => RANGES[a] - RANGES[b]);
}

function orNone(text: string): string | undefined {
  return text.trim() === '' ? undefined : text.trim();
}
