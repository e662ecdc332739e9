import type { JSX } from 'preact';
import { t } from '../i18n/language.ts';
import { IconButton } from './button.tsx';
import { CloseIcon } from './icons.tsx';
import { UI } from './messages.ts';
import { ToneShape } from './state.tsx';
import { dismissToast, toasts } from './toast.ts';
import './toasts.css';

/** The lines that say what has been done; read out as they come. */
export function Toasts(): JSX.Element {
  return (
    <section class="toasts" aria-label={t(UI.notifications)} aria-live="polite">
      {toasts.value.map(({ id, text, tone }) => (
        <div class={`toast toast-${tone}`} key={id}>
          <ToneShape tone={tone} size={12} />
          <p>{text}</p>
          <IconButton label={t(UI.dismiss)} onClick={() => dismissToast(id)}>
            <CloseIcon />
          </IconButton>
        </div>
      ))}
    </section>
  );
}
