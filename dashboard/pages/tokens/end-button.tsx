import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/client.ts';
import { asFailure } from '../../api/failure.ts';
import { refreshPolled } from '../../api/poll.ts';
import { t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { confirm } from '../../ui/confirm.tsx';
import { toast } from '../../ui/toast.ts';
import { TOKENS } from './messages.ts';

interface EndButtonProps {
  readonly name: string;
  /** What is deleted. */
  readonly path: string;
  /** What happens then. */
  readonly text: string;
  /** The list that is asked for again. */
  readonly listKey: string;
}

/** Ends a token or a key, after asking. */
export function EndButton({ name, path, text, listKey }: EndButtonProps): JSX.Element {
  const [isBusy, setBusy] = useState(false);
  const end = async () => {
    const isMeant = await confirm({ title: t(TOKENS.revokeTitle), text, action: t(TOKENS.revoke) });
    if (!isMeant) return;
    setBusy(true);
    try {
      await ask(path, { method: 'DELETE' });
      toast(t(TOKENS.revoked, name));
      refreshPolled(listKey);
    } catch (error) {
      toast(asFailure(error).message, 'critical');
    }
    setBusy(false);
  };
  return (
    <Button small busy={isBusy} label={t(TOKENS.revokeOne, name)} onClick={() => void end()}>
      {t(TOKENS.revoke)}
    </Button>
  );
}
