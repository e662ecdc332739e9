import {
  acceptCompletion,
  autocompletion,
  type Completion,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  selectedCompletion,
} from '@codemirror/autocomplete';
import { history, historyKeymap, insertNewline, standardKeymap } from '@codemirror/commands';
import { bracketMatching, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, forEachDiagnostic, linter, lintKeymap } from '@codemirror/lint';
import { Compartment, EditorState, Prec, StateEffect, StateField } from '@codemirror/state';
import { EditorView, keymap, placeholder } from '@codemirror/view';
import {
  type CompleteStrategy,
  newCompleteStrategy,
  PromQLExtension,
} from '@prometheus-io/codemirror-promql';
import { editorTheme, highlighting } from './code-theme.ts';
import { knownMetrics } from './known-metrics.ts';
import type { Names } from './names.ts';
import type { PlacedProblem } from './problem-place.ts';
import { prometheusClient } from './prometheus-client.ts';

/** What an editor is made with. */
export interface CodeEditorOptions {
  /** Gets a shadow root: nothing else may be in it. */
  readonly host: HTMLElement;
  readonly value: string;
  /** What it is called for those who do not see it. */
  readonly label: string;
  readonly placeholder: string;
  readonly names: Names;
  /** Every change by the person, not those by `setValue`. */
  readonly onChange: (value: string) => void;
  /** Enter runs; absent: it begins a line. */
  readonly onSubmit?: (value: string) => void;
  /** What is wrong at the first marked place; `undefined`: nothing is marked. */
  readonly onProblem: (message: string | undefined) => void;
}

export interface CodeEditor {
  /** Puts a text in, without `onChange`. */
  readonly setValue: (value: string) => void;
  /** Marks what the API said of the text as it is; the next change takes the mark away. */
  readonly setProblem: (problem: PlacedProblem | undefined) => void;
  /** For those who do not see it. */
  readonly describe: (label: string, isWrong: boolean) => void;
  readonly select: (from: number, to: number) => void;
  /** In place of what is selected, as if the person had typed it. */
  readonly insert: (text: string) => void;
  readonly focus: () => void;
  readonly destroy: () => void;
}

/** A pause in typing, after which the text is looked at. */
const LINT_AFTER_MS = 700;

const setProblemEffect = StateEffect.define<PlacedProblem | undefined>();
const problemField = StateField.define<PlacedProblem | undefined>({
  create: () => undefined,
  update: (value, transaction) => {
    for (const effect of transaction.effects) {
      if (effect.is(setProblemEffect)) return effect.value;
    }
    return transaction.docChanged ? undefined : value;
  },
});

/** An editor for PromQL in a shadow root of its own, so that its style sheets are adopted ones. */
export function createCodeEditor(options: CodeEditorOptions): CodeEditor {
  const { host, value, names } = options;
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open', delegatesFocus: true });
  let isOwnChange = false;
  const labels = new Compartment();
  const promql = new PromQLExtension();
  const checks = promql.getLinter().promQL();
  const state = EditorState.create({
    doc: value,
    extensions: [
      promql
        .activateLinter(false)
        .setComplete({ completeStrategy: completion(names) })
        .asExtension(),
      // Before completion, which takes Enter for itself.
      keys(options),
      autocompletion({ icons: false, maxRenderedOptions: 100, closeOnBlur: true }),
      closeBrackets(),
      bracketMatching(),
      history(),
      problemField,
      linter((view) => diagnosticsOf(view, checks(view)), {
        delay: LINT_AFTER_MS,
        needsRefresh: ({ transactions }) =>
          transactions.some(({ effects }) => effects.some((one) => one.is(setProblemEffect))),
      }),
      syntaxHighlighting(highlighting),
      editorTheme,
      EditorView.lineWrapping,
      placeholder(options.placeholder),
      labels.of(contentAttributes(options.label, false)),
      EditorView.updateListener.of((update) => {
        if (update.docChanged && !isOwnChange) options.onChange(update.state.doc.toString());
        options.onProblem(firstProblem(update.state));
      }),
    ],
  });
  const view = new EditorView({ state, root, parent: root });
  return {
    setValue: (next) => {
      if (next === view.state.doc.toString()) return;
      isOwnChange = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } });
      isOwnChange = false;
    },
    setProblem: (problem) => view.dispatch({ effects: setProblemEffect.of(problem) }),
    describe: (label, isWrong) =>
      view.dispatch({ effects: labels.reconfigure(contentAttributes(label, isWrong)) }),
    select: (from, to) => {
      const { length } = view.state.doc;
      view.dispatch({ selection: { anchor: Math.min(from, length), head: Math.min(to, length) } });
    },
    insert: (text) => {
      view.dispatch(view.state.replaceSelection(text));
      view.focus();
    },
    focus: () => view.focus(),
    destroy: () => {
      view.destroy();
      promql.destroy();
    },
  };
}

function contentAttributes(label: string, isWrong: boolean) {
  return EditorView.contentAttributes.of({
    'aria-label': label,
    'aria-invalid': String(isWrong),
    autocapitalize: 'off',
    autocorrect: 'off',
    autocomplete: 'off',
    spellcheck: 'false',
    enterkeyhint: 'go',
  });
}

/**
 * An open completion takes Enter first, unless it offers what is there already. Tab leaves the field: nobody shall be
 * caught in it.
 */
function keys({ onSubmit }: CodeEditorOptions) {
  const submit = (view: EditorView): boolean => {
    if (onSubmit === undefined) return false;
    closeCompletion(view);
    onSubmit(view.state.doc.toString());
    return true;
  };
  return [
    Prec.highest(
      keymap.of([
        { key: 'Mod-Enter', run: submit },
        { key: 'Enter', run: (view) => isWhole(view.state) && submit(view) },
      ]),
    ),
    keymap.of([
      { key: 'Enter', run: (view) => acceptCompletion(view) || submit(view) },
      { key: 'Shift-Enter', run: insertNewline },
      ...closeBracketsKeymap,
      ...historyKeymap,
      ...lintKeymap,
      ...standardKeymap,
    ]),
  ];
}

/** Does the word before the cursor stand there as completion would write it? */
function isWhole(state: EditorState): boolean {
  const offered = selectedCompletion(state)?.label;
  if (offered === undefined) return false;
  const { head } = state.selection.main;
  const word = /[\w:]+$/.exec(state.sliceDoc(Math.max(0, head - 500), head))?.[0];
  return word === offered;
}

/** What Prometheus' own completion gives, with what the catalogue knows of each metric. */
function completion(names: Names): CompleteStrategy {
  const inner = newCompleteStrategy({ remote: prometheusClient(names) });
  const described = (option: Completion): Completion => {
    const metric = option.type === 'constant' ? knownMetrics().get(option.label) : undefined;
    if (metric === undefined) return option;
    // What this deployment has comes before what others might have.
    const isSeen = names.seenMetrics()?.has(option.label) ?? true;
    return { ...option, detail: metric.unit, info: metric.help, boost: isSeen ? 1 : -1 };
  };
  return {
    promQL: async (context) => {
      const result = await inner.promQL(context);
      return result && { ...result, options: result.options.map(described) };
    },
  };
}

/** What the API said has the say: it knows what will run. */
function diagnosticsOf(view: EditorView, own: ReturnType<LintRun>): readonly Diagnostic[] {
  const problem = view.state.field(problemField);
  if (problem?.place !== undefined) {
    const { from, to } = problem.place;
    const end = Math.min(to, view.state.doc.length);
    return [{ from: Math.min(from, end), to: end, severity: 'error', message: problem.message }];
  }
  if (view.state.doc.toString().trim() === '' || !Array.isArray(own)) return [];
  return own;
}

type LintRun = ReturnType<ReturnType<PromQLExtension['getLinter']>['promQL']>;

function firstProblem(state: EditorState): string | undefined {
  let first: string | undefined;
  forEachDiagnostic(state, ({ message }) => {
    first ??= message;
  });
  return first;
}
