import type { JSX } from 'preact';
import { t } from '../../i18n/language.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { PlusIcon, TrashIcon } from '../../ui/icons.tsx';
import { TextArea, TextField } from '../../ui/text-field.tsx';
import { EDIT } from './messages.ts';
import type { RuleFields } from './rule-document.ts';

type Entries = RuleFields['labels'];

interface EntriesFieldProps {
  readonly label: string;
  readonly entries: Entries;
  readonly onChange: (entries: Entries) => void;
  /** Values may have several lines. */
  readonly isLong?: boolean;
  /** What a new one may be called. */
  readonly nameOf: (n: number) => string;
}

/** Names and their values, such as labels. */
export function EntriesField(props: EntriesFieldProps): JSX.Element {
  const { label, entries, onChange, isLong = false, nameOf } = props;
  const change = (i: number, entry: Entries[number]) =>
    onChange(entries.map((one, at) => (at === i ? entry : one)));
  const add = () => {
    const taken = new Set(entries.map(([name]) => name));
    let n = 0;
    while (taken.has(nameOf(n))) n++;
    onChange([...entries, [nameOf(n), '']]);
  };
  return (
    <fieldset class="rules-entries">
      <legend class="field-label">{label}</legend>
      {entries.map(([name, value], i) => (
        <div class={isLong ? 'rules-entry rules-entry-long' : 'rules-entry'} key={i}>
          <TextField
            label={t(EDIT.key)}
            hideLabel
            code
            value={name}
            onChange={(to) => {
              // Two of one name would be one.
              if (!entries.some(([other], at) => at !== i && other === to)) change(i, [to, value]);
            }}
          />
          {isLong ? (
            <TextArea
              label={t(EDIT.value)}
              hideLabel
              rows={Math.min(6, Math.max(2, Math.ceil(value.length / 60)))}
              value={value}
              onChange={(to) => change(i, [name, to])}
            />
          ) : (
            <TextField
              label={t(EDIT.value)}
              hideLabel
              code
              value={value}
              onChange={(to) => change(i, [name, to])}
            />
          )}
          <IconButton
            label={t(EDIT.removeEntry, name)}
            onClick={() => onChange(entries.filter((_, at) => at !== i))}
          >
            <TrashIcon />
          </IconButton>
        </div>
      ))}
      <Button small icon={<PlusIcon />} onClick={add}>
        {t(EDIT.add)}
      </Button>
    </fieldset>
  );
}
