import { useEffect, useRef, useState } from 'preact/hooks';
import type { RuleFileCheck, RuleFileText } from '../../../core/answers/rules.ts';
import { ask } from '../../api/client.ts';
import { type ApiFailure, asFailure } from '../../api/failure.ts';
import { readDraft, writeDraft } from './drafts.ts';
import { filePath } from './rules-data.ts';

/** A file that is being edited. */
export interface FileEdit {
  /** What holds; `undefined`: not known yet, or a new file. */
  readonly file: RuleFileText | undefined;
  readonly isLoading: boolean;
  readonly failure: ApiFailure | undefined;
  readonly text: string;
  readonly setText: (text: string) => void;
  readonly isChanged: boolean;
  /** It began with changes that were not saved before. */
  readonly isDraft: boolean;
  readonly basedOn: number;
  /** What the API says of the text; `undefined` while it is being asked. */
  readonly check: RuleFileCheck | undefined;
  /** Forgets the changes. */
  readonly discard: () => void;
  /** Goes on from what holds now: after a save, or a conflict. */
  readonly goOn: (file: RuleFileText, text: string) => void;
}

/** A pause in typing, after which the text is checked. */
const CHECK_AFTER_MS = 500;

export function useFileEdit(name: string): FileEdit {
  const [file, setFile] = useState<RuleFileText>();
  const [failure, setFailure] = useState<ApiFailure>();
  const [text, setText] = useState('');
  const [basedOn, setBasedOn] = useState(0);
  const [isLoading, setLoading] = useState(true);
  const [isDraft, setDraft] = useState(false);
  const check = useCheck(name, isLoading ? undefined : text);

  useEffect(() => {
    const abort = new AbortController();
    void load(name, abort.signal).then(
      ({ found, draft }) => {
        setFile(found);
        setText(draft?.text ?? found?.text ?? '');
        // What was imported is meant to come in the place of what holds.
        const from = draft === undefined || draft.basedOn < 0 ? undefined : draft.basedOn;
        setBasedOn(from ?? found?.version ?? 0);
        setDraft(draft !== undefined && found !== undefined && draft.text !== found.text);
        setLoading(false);
      },
      (error) => {
        if (abort.signal.aborted) return;
        setFailure(asFailure(error));
        setLoading(false);
      },
    );
    return () => abort.abort();
  }, [name]);

  const isChanged = !isLoading && failure === undefined && text !== (file?.text ?? '');
  useEffect(() => {
    if (isLoading || failure !== undefined) return;
    writeDraft(name, isChanged ? { text, basedOn } : undefined);
  }, [name, text, basedOn, isChanged, isLoading]);
  return {
    ...{ file, isLoading, failure, text, setText, isChanged, isDraft, basedOn, check },
    discard: () => {
      setText(file?.text ?? '');
      setBasedOn(file?.version ?? 0);
      setDraft(false);
    },
    goOn: (next, nextText) => {
      setFile(next);
      setBasedOn(next.version);
      setText(nextText);
      setDraft(false);
    },
  };
}

async function load(name: string, signal: AbortSignal) {
  const draft = readDraft(name);
  try {
    return { found: await ask<RuleFileText>(filePath(name), { signal }), draft };
  } catch (error) {
    // A file to be.
    if (asFailure(error).status === 404 && draft !== undefined) return { found: undefined, draft };
    throw error;
  }
}

/** What would keep a text from being saved, a moment after it was changed last. */
function useCheck(name: string, text: string | undefined): RuleFileCheck | undefined {
  const [check, setCheck] = useState<RuleFileCheck>();
  const checked = useRef<string>();
  useEffect(() => {
    if (text === undefined) return;
    const abort = new AbortController();
    setCheck(undefined);
    const timer = setTimeout(
      () => {
        checked.current = text;
        const asked = { json: { name, text }, signal: abort.signal };
        ask<RuleFileCheck>('api/v1/rules/check', asked).then(setCheck, (error) => {
          if (abort.signal.aborted) return;
          const { message } = asFailure(error);
          setCheck({ errors: [{ line: 1, column: 1, message }], groups: 0, rules: 0 });
        });
      },
      checked.current === undefined ? 0 : CHECK_AFTER_MS,
    );
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [name, text]);
  return check;
}
