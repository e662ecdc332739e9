import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Caller, useCaller } from '../../api/caller.ts';
import { readSetting, writeSetting } from '../../app/settings.ts';
import { t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { UI } from '../../ui/messages.ts';
import { TextField } from '../../ui/text-field.tsx';
import { SILENCES } from './silence-messages.ts';

/** Where the name is kept that somebody without a session of their own gave. */
const SETTING = 'name';
const MAX_CHARS = 200;

const question = signal<((name: string | undefined) => void) | undefined>(undefined);

/** Who acts: whoever is signed in, else the name that was given on this device; `''`: nobody said yet. */
export function knownName(caller: Caller | undefined): string {
  return caller?.kind === 'session' ? caller.name : (readSetting(SETTING) ?? '');
}

/** Can the name be chosen? Not where it is known who is signed in. */
export function isNameChosen(caller: Caller | undefined): boolean {
  return caller?.kind !== 'session';
}

export function rememberName(name: string): void {
  writeSetting(SETTING, name.trim().slice(0, MAX_CHARS));
}

/** The name to act with; a dialog asks for it where it is not known. `undefined`: the person would rather not. */
export function askName(caller: Caller | undefined): Promise<string | undefined> {
  const known = knownName(caller);
  if (known !== '') return Promise.resolve(known);
  question.value?.(undefined);
  return new Promise((resolve) => {
    question.value = (name) => {
      question.value = undefined;
      if (name !== undefined) rememberName(name);
      resolve(name);
    };
  });
}

/** Where the name is asked for; the page has it once. */
export function NameQuestion(): JSX.Element | null {
  const answer = question.value;
  return answer === undefined ? null : <Question answer={answer} />;
}

function Question({ answer }: { readonly answer: (name: string | undefined) => void }) {
  const caller = useCaller();
  const [name, setName] = useState(knownName(caller));
  const [isMissing, setMissing] = useState(false);
  const done = () => (name.trim() === '' ? setMissing(true) : answer(name.trim()));
  return (
    <Dialog
      open
      title={t(SILENCES.whoTitle)}
      onClose={() => answer(undefined)}
      actions={
        <>
          <Button onClick={() => answer(undefined)}>{t(UI.cancel)}</Button>
          <Button kind="primary" onClick={done}>
            {t(SILENCES.continue)}
          </Button>
        </>
      }
    >
      <TextField
        label={t(SILENCES.name)}
        help={t(SILENCES.whoHelp)}
        value={name}
        onChange={setName}
        autocomplete="name"
        error={isMissing ? t(SILENCES.nameMissing) : undefined}
        onEnter={done}
      />
    </Dialog>
  );
}
