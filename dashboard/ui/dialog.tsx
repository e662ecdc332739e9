import * as Ariakit from '@ariakit/react/dialog';
import type { ComponentChildren, JSX } from 'preact';
import { t } from '../i18n/language.ts';
import './button.css';
import './dialog.css';
import { CloseIcon } from './icons.tsx';
import { UI } from './messages.ts';

interface DialogProps {
  readonly open: boolean;
  /** Asked to close: by Escape, a click beside it, or its button. Absent: it can't be closed so. */
  readonly onClose?: () => void;
  readonly title: string;
  /** Buttons, at its lower edge. */
  readonly actions?: ComponentChildren;
  /** For an editor or a table. */
  readonly wide?: boolean;
  /** Asked about something that cannot be undone: read out at once. */
  readonly alert?: boolean;
  readonly children: ComponentChildren;
}

/** A question above the page: holds the focus, and gives it back. On phones it fills the lower edge. */
export function Dialog(props: DialogProps): JSX.Element {
  const { open, onClose, title, actions, children } = props;
  return (
    <Ariakit.Dialog
      open={open}
      onClose={() => onClose?.()}
      hideOnEscape={onClose !== undefined}
      hideOnInteractOutside={onClose !== undefined}
      backdrop={<div class="dialog-backdrop" />}
      className={props.wide === true ? 'dialog dialog-wide' : 'dialog'}
      unmountOnHide
      {...(props.alert === true ? { role: 'alertdialog' } : {})}
    >
      <header class="dialog-head">
        <Ariakit.DialogHeading className="dialog-title">{title}</Ariakit.DialogHeading>
      </header>
      <div class="dialog-body">{children}</div>
      {actions !== undefined && <footer class="dialog-actions">{actions}</footer>}
      {onClose !== undefined && (
        // The last: a dialog begins with what is asked. Its words are not shown beside it, or Escape would close them first.
        <button
          type="button"
          class="icon-button dialog-close"
          aria-label={t(UI.close)}
          onClick={onClose}
        >
          <CloseIcon />
        </button>
      )}
    </Ariakit.Dialog>
  );
}
