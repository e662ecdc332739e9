import type { JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { RuleProblem } from '../../../core/answers/rules.ts';
import { Skeleton } from '../../ui/loading.tsx';
import type { YamlCode } from './yaml-code.ts';
import './yaml-editor.css';

interface YamlEditorProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onSave: () => void;
  readonly label: string;
  readonly problems: readonly RuleProblem[];
  readonly isReadOnly: boolean;
  /** Shown when it changes; a new object each time. */
  readonly goTo?: { readonly line: number; readonly column?: number } | undefined;
}

/** A field for a whole rule file. A plain one where the editor's code can't be had. */
export function YamlEditor(props: YamlEditorProps): JSX.Element {
  const { value, onChange, label, problems, isReadOnly, goTo } = props;
  const id = useId();
  const host = useRef<HTMLDivElement>(null);
  const code = useRef<YamlCode>();
  const newest = useRef(props);
  newest.current = props;
  const [kind, setKind] = useState<'loading' | 'code' | 'plain'>('loading');
  useEffect(() => {
    let isGone = false;
    import('./yaml-code.ts').then(
      ({ createYamlCode }) => {
        if (isGone || host.current === null) return;
        code.current = createYamlCode({
          host: host.current,
          ...{ value: newest.current.value, label, isReadOnly },
          onChange: (next) => newest.current.onChange(next),
          onSave: () => newest.current.onSave(),
        });
        setKind('code');
      },
      () => setKind('plain'),
    );
    return () => {
      isGone = true;
      code.current?.destroy();
      code.current = undefined;
    };
  }, []);
  useEffect(() => code.current?.setValue(value), [value, kind]);
  useEffect(() => code.current?.setProblems(problems), [problems, kind]);
  useEffect(() => {
    if (goTo !== undefined) code.current?.goTo(goTo.line, goTo.column);
  }, [goTo, kind]);
  return (
    <div class="yaml-editor">
      {kind === 'loading' && <Skeleton height={320} />}
      {kind === 'plain' && (
        <textarea
          id={id}
          class="input input-code yaml-editor-plain"
          aria-label={label}
          readOnly={isReadOnly}
          spellcheck={false}
          rows={24}
          value={value}
          onInput={({ currentTarget }) => onChange(currentTarget.value)}
        />
      )}
      <div ref={host} class="yaml-editor-host" hidden={kind !== 'code'} />
    </div>
  );
}
