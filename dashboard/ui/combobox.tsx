import * as Ariakit from '@ariakit/react/combobox';
import type { JSX } from 'preact';
import { t } from '../i18n/language.ts';
import './combobox.css';
import './menu.css';
import { UI } from './messages.ts';
import './text-field.css';

interface ComboboxProps {
  readonly label: string;
  readonly hideLabel?: boolean;
  readonly value: string;
  /** Told of every change: of each letter, and of a choice. */
  readonly onChange: (value: string) => void;
  /** Told of a choice from the list, or of Enter. */
  readonly onChoose?: (value: string) => void;
  /** What may be meant: filtered here by what has been typed. */
  readonly options: readonly string[];
  readonly placeholder?: string;
  readonly code?: boolean;
}

/** Of more than that nobody reads on; typing narrows it. */
const MOST_SHOWN = 50;

/** A line of text with suggestions; what is typed need not be among them. */
export function Combobox(props: ComboboxProps): JSX.Element {
  const { label, hideLabel = false, value, onChange, onChoose, options, placeholder } = props;
  const store = Ariakit.useComboboxStore({ value, setValue: onChange });
  const typed = value.trim().toLowerCase();
  const fitting = options.filter((option) => option.toLowerCase().includes(typed));
  return (
    <div class="field">
      <Ariakit.ComboboxLabel
        store={store}
        className={hideLabel ? 'visually-hidden' : 'field-label'}
      >
        {label}
      </Ariakit.ComboboxLabel>
      <Ariakit.Combobox
        store={store}
        className={props.code === true ? 'input input-code' : 'input'}
        {...(placeholder === undefined ? {} : { placeholder })}
        autoComplete="list"
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !store.getState().activeId) onChoose?.(value);
        }}
      />
      <Ariakit.ComboboxPopover
        store={store}
        className="menu"
        gutter={4}
        sameWidth
        unmountOnHide
        portal
      >
        {fitting.slice(0, MOST_SHOWN).map((option) => (
          <Ariakit.ComboboxItem
            key={option}
            value={option}
            className="menu-item"
            onClick={() => onChoose?.(option)}
          >
            {option}
          </Ariakit.ComboboxItem>
        ))}
        {fitting.length === 0 && <p class="combobox-none">{t(UI.none)}</p>}
      </Ariakit.ComboboxPopover>
    </div>
  );
}
