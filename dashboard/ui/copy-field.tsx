import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import { t } from '../i18n/language.ts';
import { Button } from './button.tsx';
import './copy-field.css';
import { CheckIcon, CopyIcon } from './icons.tsx';
import { UI } from './messages.ts';
import { toast } from './toast.ts';

interface CopyFieldProps {
  readonly text: string;
  readonly label: string;
  /** Several lines, all of them shown. */
  readonly multiline?: boolean;
}

const COPIED_MS = 2_000;

/** A text to take along: a command, a token. Selected as a whole by a click, copied by its button. */
export function CopyField({ text, label, multiline = false }: CopyFieldProps): JSX.Element {
  const id = useId();
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    if (!(await copyText(text))) return toast(t(UI.copyFailed), 'warning');
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  };
  return (
    <div class="copy-field">
      <span class="field-label" id={id}>
        {label}
      </span>
      <div class="copy-field-box">
        <textarea
          class={multiline ? 'copy-field-text copy-field-lines' : 'copy-field-text'}
          aria-labelledby={id}
          readOnly
          rows={multiline ? text.split('\n').length : 1}
          value={text}
          onClick={(event) => event.currentTarget.select()}
        />
        <Button
          small
          icon={isCopied ? <CheckIcon /> : <CopyIcon />}
          label={`${t(UI.copy)}: ${label}`}
          onClick={() => void copy()}
        >
          {t(isCopied ? UI.copied : UI.copy)}
        </Button>
        <span class="visually-hidden" role="status">
          {isCopied ? t(UI.copied) : ''}
        </span>
      </div>
    </div>
  );
}

/** Did the browser take it? It does only over TLS, on this machine itself, and after a click. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
