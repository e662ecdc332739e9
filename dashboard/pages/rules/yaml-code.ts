import { history, historyKeymap, indentWithTab, standardKeymap } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import {
  bracketMatching,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from '@codemirror/language';
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { EditorState, type Text } from '@codemirror/state';
import { EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import type { RuleProblem } from '../../../core/answers/rules.ts';
import { editorTheme, highlighting } from '../../promql/code-theme.ts';

export interface YamlCodeOptions {
  /** Gets a shadow root: nothing else may be in it. */
  readonly host: HTMLElement;
  readonly value: string;
  readonly label: string;
  readonly isReadOnly: boolean;
  /** Every change by the person, not those by `setValue`. */
  readonly onChange: (value: string) => void;
  /** Ctrl+S. */
  readonly onSave: () => void;
}

export interface YamlCode {
  /** Puts a text in, without `onChange`; the cursor stays where it can. */
  readonly setValue: (value: string) => void;
  /** Marks them in the gutter and under the text. */
  readonly setProblems: (problems: readonly RuleProblem[]) => void;
  /** Shows a line, and puts the cursor there. */
  readonly goTo: (line: number, column?: number) => void;
  readonly destroy: () => void;
}

const theme = EditorView.theme({
  '&': { height: '100%' },
  '.cm-scroller': { minHeight: '16rem', maxHeight: 'none', overflow: 'auto' },
  '.cm-gutters': { color: 'var(--quiet)', backgroundColor: 'transparent', border: 'none' },
  '.cm-activeLine': { backgroundColor: 'var(--hover)' },
  '.cm-lint-marker': { width: '0.8em', height: '0.8em' },
  // The usual markers are pictures in data: addresses.
  '.cm-lint-marker-error': {
    content: 'none',
    backgroundColor: 'var(--critical)',
    clipPath: 'polygon(50% 0, 100% 100%, 0 100%)',
  },
});

/** An editor for YAML in a shadow root of its own, so that its style sheets are adopted ones. */
export function createYamlCode(options: YamlCodeOptions): YamlCode {
  const { host } = options;
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open', delegatesFocus: true });
  let isOwnChange = false;
  const save = () => {
    options.onSave();
    return true;
  };
  const state = EditorState.create({
    doc: options.value,
    extensions: [
      yaml(),
      lineNumbers(),
      lintGutter(),
      history(),
      bracketMatching(),
      indentOnInput(),
      indentUnit.of('  '),
      highlightActiveLine(),
      syntaxHighlighting(highlighting),
      // What stands first has the say.
      theme,
      editorTheme,
      EditorState.readOnly.of(options.isReadOnly),
      EditorView.contentAttributes.of({
        'aria-label': options.label,
        autocapitalize: 'off',
        autocorrect: 'off',
        spellcheck: 'false',
      }),
      keymap.of([
        { key: 'Mod-s', run: save, preventDefault: true },
        // Escape, then Tab leaves the field: nobody shall be caught in it.
        indentWithTab,
        ...historyKeymap,
        ...lintKeymap,
        ...standardKeymap,
      ]),
      EditorView.updateListener.of((update) => {
        if (update.docChanged && !isOwnChange) options.onChange(update.state.doc.toString());
      }),
    ],
  });
  const view = new EditorView({ state, root, parent: root });
  return {
    setValue: (next) => {
      const old = view.state.doc.toString();
      if (next === old) return;
      isOwnChange = true;
      // Only what differs: the cursor and what is undone stay right.
      view.dispatch({ changes: differenceOf(old, next) });
      isOwnChange = false;
    },
    setProblems: (problems) => {
      const diagnostics = problems.map((one) => diagnosticOf(view.state.doc, one));
      view.dispatch(
        setDiagnostics(
          view.state,
          diagnostics.sort((a, b) => a.from - b.from),
        ),
      );
    },
    goTo: (line, column = 1) => {
      const at = positionOf(view.state.doc, line, column);
      const effects = EditorView.scrollIntoView(at, { y: 'center' });
      view.dispatch({ selection: { anchor: at }, effects });
      view.focus();
    },
    destroy: () => view.destroy(),
  };
}

function differenceOf(old: string, next: string) {
  let from = 0;
  while (from < old.length && from < next.length && old[from] === next[from]) from++;
  let end = 0;
  const most = Math.min(old.length, next.length) - from;
  while (end < most && old[old.length - 1 - end] === next[next.length - 1 - end]) end++;
  return { from, to: old.length - end, insert: next.slice(from, next.length - end) };
}

function positionOf(doc: Text, line: number, column: number): number {
  const at = doc.line(Math.min(Math.max(1, line), doc.lines));
  return Math.min(at.from + column - 1, at.to);
}

/** From its place to the end of the line. */
function diagnosticOf(doc: Text, { line, column, message }: RuleProblem): Diagnostic {
  const from = positionOf(doc, line, column);
  return { from, to: doc.lineAt(from).to, severity: 'error', message };
}
