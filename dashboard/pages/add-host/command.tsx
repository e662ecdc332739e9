import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { isLoopback } from '../../../core/answers/welcome-link.ts';
import { t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { CheckIcon, CopyIcon } from '../../ui/icons.tsx';
import { toast } from '../../ui/toast.ts';
import { installCommand, type Platform } from './commands.ts';
import { ADD_HOST } from './messages.ts';

interface CommandProps {
  readonly platform: Platform;
  readonly url: string;
  readonly token: string;
}

const COPIED_MS = 2_000;

/** The line to run, with the token in it: hidden until it is asked for, so that no screenshot has it; copied whole. */
export function Command({ platform, url, token }: CommandProps): JSX.Element {
  const [isShown, setShown] = useState(false);
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(installCommand(platform, url, token));
    } catch {
      setShown(true);
      return toast(t(ADD_HOST.copyFailed), 'warning');
    }
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  };
  return (
    <div class="stack">
      <p class="quiet">{t(platform === 'windows' ? ADD_HOST.runAsWindows : ADD_HOST.runAs)}</p>
      {isLoopback(url) && <p class="add-host-warning">{t(ADD_HOST.onlyHere)}</p>}
      {url === 'URL' && <p class="add-host-warning">{t(ADD_HOST.noAddress)}</p>}
      <pre class="add-host-command">
        {installCommand(platform, url, isShown ? token : undefined)}
      </pre>
      <div class="row">
        <Button
          kind="primary"
          icon={isCopied ? <CheckIcon /> : <CopyIcon />}
          onClick={() => void copy()}
        >
          {t(isCopied ? ADD_HOST.copied : ADD_HOST.copy)}
        </Button>
        <Button pressed={isShown} onClick={() => setShown(!isShown)}>
          {t(isShown ? ADD_HOST.hide : ADD_HOST.show)}
        </Button>
        <span class="visually-hidden" role="status">
          {isCopied ? t(ADD_HOST.copied) : ''}
        </span>
      </div>
    </div>
  );
}
