import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { navigate } from '../../app/router.ts';
import { t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.ts';
import { readDraft, writeDraft } from './drafts.ts';
import { EDITED_FILE_MAX_BYTES, isRuleFileName, ruleFileNameOf } from './limits.ts';
import { RULES } from './messages.ts';

interface NewFileDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  /** Files there are. */
  readonly names: readonly string[];
}

/** Asks for a name; the file is there once it is saved. */
export function NewFileDialog({ open, onClose, names }: NewFileDialogProps): JSX.Element {
  const [name, setName] = useState('mine.rules.yaml');
  const [group, setGroup] = useState('mine');
  const error = !isRuleFileName(name)
    ? t(RULES.fileNameBad)
    : names.includes(name)
      ? t(RULES.fileNameTaken)
      : undefined;
  const create = async () => {
    if (error !== undefined) return;
    const { newFileText } = await import('./rule-document.ts');
    writeDraft(name, { text: newFileText(group), basedOn: 0 });
    onClose();
    navigate('rules', { edit: name });
  };
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={t(RULES.newFile)}
      actions={
        <>
          <Button onClick={onClose}>{t(RULES.cancel)}</Button>
          <Button kind="primary" disabled={error !== undefined} onClick={() => void create()}>
            {t(RULES.create)}
          </Button>
        </>
      }
    >
      <div class="rules-fields">
        <TextField
          label={t(RULES.fileName)}
          help={t(RULES.fileNameHelp)}
          code
          value={name}
          onChange={setName}
          error={error}
          onEnter={() => void create()}
        />
        <TextField label={t(RULES.groupName)} value={group} onChange={setGroup} />
      </div>
    </Dialog>
  );
}

/** Asks for a file of this device and opens the editor with it: it is checked, compared and saved there. */
export function importInto(): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = '.yaml,.yml,application/yaml,text/yaml';
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    if (file !== undefined) void importFile(file);
  });
  input.click();
}

/** With a text of its own a draft of that name stays: what is imported comes in its place. */
async function importFile(file: File): Promise<void> {
  if (file.size > EDITED_FILE_MAX_BYTES) return toast(t(RULES.tooLarge), 'critical');
  const name = ruleFileNameOf(file.name);
  // Based on what holds, which the editor finds out.
  writeDraft(name, { text: await file.text(), basedOn: readDraft(name)?.basedOn ?? -1 });
  navigate('rules', { edit: name });
}
