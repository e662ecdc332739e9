import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { RuleFileText } from '../../../core/answers/rules.ts';
import { ask } from '../../api/client.ts';
import { type ApiFailure, asFailure } from '../../api/failure.ts';
import { t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Problem } from '../../ui/problem.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.ts';
import { DiffView } from './diff-view.tsx';
import { EDIT, RULES } from './messages.ts';
import { filePath, refreshRules } from './rules-data.ts';
import type { FileEdit } from './use-file-edit.ts';

interface SaveDialogProps {
  readonly name: string;
  readonly edit: FileEdit;
  readonly open: boolean;
  readonly onClose: () => void;
}

const COMMENT_MAX_CHARS = 500;

/** What will be another, and why; where somebody else saved meanwhile, what they did. */
export function SaveDialog({ name, edit, open, onClose }: SaveDialogProps): JSX.Element {
  const { file, text, basedOn, goOn } = edit;
  const [comment, setComment] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const [theirs, setTheirs] = useState<RuleFileText>();
  const close = () => {
    setFailure(undefined);
    setTheirs(undefined);
    onClose();
  };
  const save = async (version: number) => {
    setBusy(true);
    setFailure(undefined);
    try {
      const json = { text, basedOn: version, comment };
      const saved = await ask<RuleFileText>(filePath(name), { method: 'PUT', json });
      goOn(saved, saved.text);
      setComment('');
      toast(t(EDIT.saved, name));
      refreshRules();
      close();
    } catch (error) {
      const why = asFailure(error);
      setFailure(why.status === 409 ? undefined : why);
      if (why.status === 409)
        setTheirs(await ask<RuleFileText>(filePath(name)).catch(() => undefined));
    }
    setBusy(false);
  };
  const discard = (current: RuleFileText) => {
    goOn(current, current.text);
    close();
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      wide
      title={theirs === undefined ? t(EDIT.saveTitle, name) : t(EDIT.conflict)}
      actions={
        theirs === undefined ? (
          <>
            <Button onClick={close}>{t(RULES.cancel)}</Button>
            <Button kind="primary" busy={isBusy} onClick={() => void save(basedOn)}>
              {t(EDIT.saveNow)}
            </Button>
          </>
        ) : (
          <>
            <Button onClick={close}>{t(RULES.cancel)}</Button>
            <Button onClick={() => discard(theirs)}>{t(EDIT.takeTheirs)}</Button>
            <Button kind="danger" busy={isBusy} onClick={() => void save(theirs.version)}>
              {t(EDIT.overwrite)}
            </Button>
          </>
        )
      }
    >
      <div class="rules-fields">
        {failure !== undefined && <Problem failure={failure} />}
        {theirs === undefined ? (
          <>
            <p>{t(EDIT.saveText)}</p>
            <TextField
              label={t(EDIT.comment)}
              value={comment}
              onChange={(value) => setComment(value.slice(0, COMMENT_MAX_CHARS))}
              onEnter={() => void save(basedOn)}
            />
          </>
        ) : (
          <p>{t(EDIT.conflictText, theirs.version, theirs.who ?? '')}</p>
        )}
        <DiffView before={theirs?.text ?? file?.text ?? ''} after={text} />
      </div>
    </Dialog>
  );
}
