import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { t } from '../i18n/language.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { UI } from './messages.ts';

interface Question {
  readonly title: string;
  readonly text: string;
  /** What the button says that does it. */
  readonly action: string;
  readonly danger?: boolean;
}

const asked = signal<(Question & { readonly answer: (is: boolean) => void }) | undefined>(
  undefined,
);

/** Asks before something is done that cannot be undone; `false`: it should not be. */
export function confirm(question: Question): Promise<boolean> {
  asked.value?.answer(false);
  return new Promise((resolve) => {
    asked.value = {
      ...question,
      answer: (is) => {
        asked.value = undefined;
        resolve(is);
      },
    };
  });
}

/** Where questions are shown; the shell has it. */
export function Confirmation(): JSX.Element | null {
  const question = asked.value;
  if (question === undefined) return null;
  const { title, text, action, danger = true, answer } = question;
  return (
    <Dialog
      open
      alert
      title={title}
      onClose={() => answer(false)}
      actions={
        <>
          <Button onClick={() => answer(false)}>{t(UI.cancel)}</Button>
          <Button kind={danger ? 'danger' : 'primary'} onClick={() => answer(true)}>
            {action}
          </Button>
        </>
      }
    >
      <p>{text}</p>
    </Dialog>
  );
}
