import type { ComponentChildren, JSX } from 'preact';
import './button.css';
import { Tooltip } from './tooltip.tsx';

interface ButtonProps {
  readonly kind?: 'primary' | 'plain' | 'danger';
  /** What it began is under way: it can't be pressed again, and says so. */
  readonly busy?: boolean;
  readonly disabled?: boolean;
  /** Why it can't be pressed: shown on hover and focus, and read out. It stays reachable by keyboard for that. */
  readonly reason?: string | undefined;
  readonly type?: 'button' | 'submit';
  readonly small?: boolean;
  readonly icon?: ComponentChildren;
  /** What it is called where the words on it don't say enough. */
  readonly label?: string | undefined;
  readonly pressed?: boolean;
  readonly class?: string;
  readonly id?: string;
  /** Id of the form it sends, if it is not in it. */
  readonly form?: string;
  readonly onClick?: (event: MouseEvent) => void;
  readonly children: ComponentChildren;
}

/** A button. With a `reason` it is disabled, whatever `disabled` says. */
export function Button(props: ButtonProps): JSX.Element {
  const { kind = 'plain', busy = false, reason, type = 'button', icon, label, children } = props;
  const isOff = props.disabled === true || reason !== undefined || busy;
  const classes = ['button', `button-${kind}`, props.small === true && 'button-small', props.class];
  const button = (
    <button
      type={type}
      id={props.id}
      form={props.form}
      class={classes.filter(Boolean).join(' ')}
      // Not `disabled`: it keeps the focus, and says why.
      aria-disabled={isOff ? 'true' : undefined}
      aria-busy={busy ? 'true' : undefined}
      aria-label={label}
      aria-pressed={props.pressed}
      onClick={(event) => {
        if (isOff) event.preventDefault();
        else props.onClick?.(event);
      }}
    >
      {busy ? <span class="button-busy" aria-hidden="true" /> : icon}
      {children}
    </button>
  );
  return reason === undefined ? button : <Tooltip text={reason}>{button}</Tooltip>;
}

interface IconButtonProps {
  /** What it does, in words: read out, and shown on hover and focus. */
  readonly label: string;
  readonly disabled?: boolean;
  readonly reason?: string | undefined;
  readonly busy?: boolean;
  readonly pressed?: boolean;
  readonly class?: string;
  readonly onClick?: (event: MouseEvent) => void;
  /** The icon. */
  readonly children: ComponentChildren;
}

/** A button with an icon for a face. */
export function IconButton(props: IconButtonProps): JSX.Element {
  const { label, reason, busy = false, children } = props;
  const isOff = props.disabled === true || reason !== undefined || busy;
  return (
    <Tooltip {...(reason === undefined ? { text: label, is: 'name' } : { text: reason })}>
      <button
        type="button"
        class={['icon-button', props.class].filter(Boolean).join(' ')}
        aria-label={label}
        aria-disabled={isOff ? 'true' : undefined}
        aria-busy={busy ? 'true' : undefined}
        aria-pressed={props.pressed}
        onClick={(event) => {
          if (isOff) event.preventDefault();
          else props.onClick?.(event);
        }}
      >
        {busy ? <span class="button-busy" aria-hidden="true" /> : children}
      </button>
    </Tooltip>
  );
}
