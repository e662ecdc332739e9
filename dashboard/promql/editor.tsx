import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n/language.ts';
import type { CodeEditor } from './code-editor.ts';
import './editor.css';
import { loadCodeEditor } from './load-code-editor.ts';
import { texts } from './messages.ts';
import { problemIn } from './problem-place.ts';

export interface PromqlEditorProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Enter runs the expression and Shift+Enter begins a line; absent: Enter begins a line. */
  readonly onSubmit?: (value: string) => void;
  readonly label: string;
  /** The label is for those who do not see: others see what it is. */
  readonly hideLabel?: boolean;
  /** What the API said of the value as it is: `1:5: parse error: …` is marked where it says. */
  readonly error?: string | undefined;
  /** Under the field while nothing is wrong. */
  readonly help?: string;
  /** Lines that it has room for at least. */
  readonly lines?: number;
  /** The cursor is put into it when it appears. */
  readonly autoFocus?: boolean;
  /** Given, once it is there, what puts a text in place of what is selected. */
  readonly insertRef?: { current: ((text: string) => void) | undefined };
}

/**
 * A field for an expression in PromQL: colours, completion with this deployment's metrics and labels, mistakes
 * underlined. A plain field of the same size until the editor's code is there, and where it can't be had.
 */
export function PromqlEditor(props: PromqlEditorProps) {
  const { value, onChange, onSubmit, label, hideLabel, error, lines = 1, autoFocus } = props;
  const id = useId();
  const plain = useRef<HTMLTextAreaElement>(null);
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<CodeEditor>();
  const newest = useRef(props);
  newest.current = props;
  const [isReady, setReady] = useState(false);
  const [mark, setMark] = useState<string>();

  useEffect(() => {
    let isGone = false;
    const load = async () => {
      const create = await loadCodeEditor();
      if (isGone || create === undefined || host.current === null) return;
      const { selectionStart = 0, selectionEnd = 0 } = plain.current ?? {};
      const hadFocus = document.activeElement === plain.current;
      editor.current = create({
        host: host.current,
        value: newest.current.value,
        label: newest.current.label,
        placeholder: t(texts.example),
        onChange: (next) => newest.current.onChange(next),
        ...(newest.current.onSubmit === undefined
          ? {}
          : { onSubmit: (next: string) => newest.current.onSubmit?.(next) }),
        onProblem: setMark,
      });
      setReady(true);
      if (!hadFocus) return;
      editor.current.select(selectionStart, selectionEnd);
      editor.current.focus();
    };
    void load();
    return () => {
      isGone = true;
      editor.current?.destroy();
      editor.current = undefined;
    };
  }, []);

  useEffect(() => {
    const { insertRef } = newest.current;
    if (insertRef === undefined) return;
    insertRef.current = (text) => {
      if (editor.current !== undefined) return editor.current.insert(text);
      const field = plain.current;
      if (field === null) return;
      field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end');
      newest.current.onChange(field.value);
      field.focus();
    };
    return () => {
      insertRef.current = undefined;
    };
  }, []);
  useEffect(() => {
    if (autoFocus) (editor.current ?? plain.current)?.focus();
  }, []);
  // At once: by the next key the value would be that of the key before.
  useLayoutEffect(() => editor.current?.setValue(value), [value, isReady]);
  useEffect(() => {
    // It is about the text that was asked: what was typed since has no mark.
    editor.current?.setProblem(error === undefined ? undefined : problemIn(value, error));
  }, [error, isReady]);

  const problem = error === undefined ? mark : placedText(value, error);
  useEffect(
    () => editor.current?.describe(label, problem !== undefined),
    [label, problem, isReady],
  );
  return (
    <div class="promql">
      <label
        class={hideLabel ? 'visually-hidden' : 'field-label'}
        for={`${id}-plain`}
        onPointerUp={() => editor.current?.focus()}
      >
        {label}
      </label>
      <div
        class={problem === undefined ? 'promql-box' : 'promql-box promql-wrong'}
        style={{ '--code-lines': String(lines) }}
      >
        {!isReady && (
          <textarea
            ref={plain}
            id={`${id}-plain`}
            class="promql-plain"
            rows={Math.max(lines, value.split('\n').length)}
            spellcheck={false}
            autocapitalize="off"
            autocomplete="off"
            aria-invalid={problem !== undefined}
            aria-describedby={`${id}-note`}
            placeholder={t(texts.example)}
            value={value}
            onInput={({ currentTarget }) => onChange(currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || onSubmit === undefined || event.isComposing) return;
              if (event.shiftKey) return;
              event.preventDefault();
              onSubmit(event.currentTarget.value);
            }}
          />
        )}
        <div ref={host} class="promql-host" hidden={!isReady} />
      </div>
      <p
        id={`${id}-note`}
        class={problem === undefined ? 'promql-note' : 'promql-note promql-problem'}
        role="status"
      >
        {problem ?? props.help ?? (onSubmit === undefined ? '' : t(texts.runs))}
      </p>
    </div>
  );
}

/** What is wrong, with its place in words. */
function placedText(value: string, error: string): string {
  const { message, place } = problemIn(value, error);
  if (place === undefined) return message;
  const before = value.slice(0, place.from).split('\n');
  return `${t(texts.at, before.length, (before.at(-1) ?? '').length + 1)}${message}`;
}
