import * as Ariakit from '@ariakit/react/select';
import type { JSX } from 'preact';
import './menu.css';
import './select.css';
import './text-field.css';

export interface Option<Value extends string> {
  readonly value: Value;
  readonly text: string;
}

interface SelectProps<Value extends string> {
  readonly label: string;
  readonly hideLabel?: boolean;
  readonly options: readonly Option<Value>[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  readonly disabled?: boolean;
}

/** One of a few. */
export function Select<Value extends string>(props: SelectProps<Value>): JSX.Element {
  const { label, hideLabel = false, options, value, onChange } = props;
  const store = Ariakit.useSelectStore({
    value,
    setValue: (chosen: string) => {
      const option = options.find((one) => one.value === chosen);
      if (option !== undefined && option.value !== value) onChange(option.value);
    },
  });
  const shown = options.find((one) => one.value === value)?.text ?? value;
  return (
    <div class="field">
      <Ariakit.SelectLabel store={store} className={hideLabel ? 'visually-hidden' : 'field-label'}>
        {label}
      </Ariakit.SelectLabel>
      <Ariakit.Select store={store} className="input select" disabled={props.disabled === true}>
        <span>{shown}</span>
        <Ariakit.SelectArrow className="select-arrow" />
      </Ariakit.Select>
      <Ariakit.SelectPopover
        store={store}
        className="menu"
        gutter={4}
        sameWidth
        unmountOnHide
        portal
      >
        {options.map((option) => (
          <Ariakit.SelectItem key={option.value} value={option.value} className="menu-item">
            <span class="menu-icon">{option.value === value ? '✓' : ''}</span>
            <span>{option.text}</span>
          </Ariakit.SelectItem>
        ))}
      </Ariakit.SelectPopover>
    </div>
  );
}
