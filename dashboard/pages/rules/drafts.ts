import { EDITED_FILE_MAX_BYTES } from './limits.ts';

/** What somebody changed and did not save yet, kept in this tab: a reload, a sign-in or a wrong click loses nothing. */
export interface Draft {
  readonly text: string;
  /** The version it began with; 0: a new file, or the deployed one. */
  readonly basedOn: number;
}

const PREFIX = 'hypervigil.rules-draft.';

export function readDraft(file: string): Draft | undefined {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(PREFIX + file) ?? 'null');
    if (typeof kept !== 'object' || kept === null) return undefined;
    const { text, basedOn } = kept as Partial<Record<keyof Draft, unknown>>;
    return typeof text === 'string' && typeof basedOn === 'number' ? { text, basedOn } : undefined;
  } catch {
    return undefined;
  }
}

/** `undefined` forgets it. */
export function writeDraft(file: string, draft: Draft | undefined): void {
  try {
    if (draft === undefined) sessionStorage.removeItem(PREFIX + file);
    else if (draft.text.length <= 2 * EDITED_FILE_MAX_BYTES)
      sessionStorage.setItem(PREFIX + file, JSON.stringify(draft));
  } catch {
    // A browser that keeps nothing: leaving is asked about all the same.
  }
}
