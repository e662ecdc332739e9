import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';
import { t } from '../i18n/language.ts';
import './text-field.css';
import { UI } from './messages.ts';

/** What every field has around its input. */
interface FieldProps {
  readonly label: string;
  /** Read out only: where its place says what it is. */
  readonly hideLabel?: boolean;
  /** What to put in, in a few words. */
  readonly help?: ComponentChildren;
  /** What is wrong with what is in it. */
  readonly error?: string | undefined;
  readonly required?: boolean;
}

interface InputIds {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': 'true' | undefined;
  readonly 'aria-required': 'true' | undefined;
}

/** Label, help and error around any input, each tied to it. */
function Field(
  props: FieldProps & { readonly input: (ids: InputIds) => JSX.Element },
): JSX.Element {
  const { label, hideLabel = false, help, error, required = false, input } = props;
  const id = useId();
  const described = [help !== undefined && `${id}-help`, error !== undefined && `${id}-error`];
  return (
    <div class="field">
      <label class={hideLabel ? 'visually-hidden' : 'field-label'} for={id}>
        {label}
        {required && <span class="field-required"> · {t(UI.required)}</span>}
      </label>
      {input({
        id,
        'aria-describedby': described.filter(Boolean).join(' ') || undefined,
        'aria-invalid': error === undefined ? undefined : 'true',
        'aria-required': required ? 'true' : undefined,
      })}
      {help !== undefined && (
        <div class="field-help" id={`${id}-help`}>
          {help}
        </div>
      )}
      {error !== undefined && (
        <p class="field-error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

interface TextFieldProps extends FieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly type?:
    | 'text'
    | 'search'
    | 'email'
    | 'tel'
    | 'password'
    | 'url'
    | 'number'
    | 'datetime-local';
  readonly placeholder?: string;
  readonly autocomplete?: string;
  readonly name?: string;
  readonly disabled?: boolean;
  /** Code, names, expressions: nothing is corrected, and letters are of one width. */
  readonly code?: boolean;
  /** "/" leads to it. At most one on a page. */
  readonly search?: boolean;
  readonly onEnter?: () => void;
}

const PLAIN = { spellcheck: false, autocapitalize: 'off', autocorrect: 'off' } as const;

/** A line of text. */
export function TextField(props: TextFieldProps): JSX.Element {
  const { value, onChange, type = 'text', code = false, onEnter } = props;
  const plain = code ? PLAIN : {};
  return (
    <Field
      {...props}
      input={(ids) => (
        <input
          {...ids}
          {...plain}
          class={code ? 'input input-code' : 'input'}
          type={type}
          value={value}
          name={props.name}
          placeholder={props.placeholder}
          autoComplete={props.autocomplete ?? 'off'}
          disabled={props.disabled}
          data-search={props.search === true ? '' : undefined}
          onInput={(event) => onChange(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.isComposing || onEnter === undefined) return;
            event.preventDefault();
            onEnter();
          }}
        />
      )}
    />
  );
}

interface TextAreaProps extends FieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly rows?: number;
  readonly placeholder?: string;
  readonly code?: boolean;
  readonly disabled?: boolean;
}

/** Several lines of text. */
export function TextArea(props: TextAreaProps): JSX.Element {
  const { value, onChange, rows = 3, code = false } = props;
  return (
    <Field
      {...props}
      input={(ids) => (
        <textarea
          {...ids}
          class={code ? 'input input-code' : 'input'}
          rows={rows}
          value={value}
          placeholder={props.placeholder}
          disabled={props.disabled}
          spellcheck={!code}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
    />
  );
}

interface CheckboxProps {
  readonly label: ComponentChildren;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly help?: ComponentChildren;
  readonly disabled?: boolean;
}

/** Yes or no. */
export function Checkbox({ label, checked, onChange, help, disabled }: CheckboxProps): JSX.Element {
  const id = useId();
  return (
    <div class="checkbox">
      <label class="checkbox-label">
        <input
          type="checkbox"
          checked={checked}
          disabled={disabled}
          aria-describedby={help === undefined ? undefined : id}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
        <span>{label}</span>
      </label>
      {help !== undefined && (
        <div class="field-help" id={id}>
          {help}
        </div>
      )}
    </div>
  );
}
