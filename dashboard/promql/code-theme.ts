import { HighlightStyle } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

/** Colours are the page's own, which reach into the shadow root; each theme has its own. */
export const highlighting = HighlightStyle.define([
  { tag: tags.string, color: 'var(--code-string)' },
  { tag: [tags.number, tags.literal], color: 'var(--code-number)' },
  {
    tag: [tags.function(tags.variableName), tags.standard(tags.variableName)],
    color: 'var(--code-function)',
  },
  {
    tag: [tags.keyword, tags.modifier, tags.operatorKeyword, tags.deleted],
    color: 'var(--code-keyword)',
    fontWeight: '600',
  },
  { tag: [tags.labelName, tags.propertyName], color: 'var(--code-label)' },
  { tag: tags.comment, color: 'var(--quiet)', fontStyle: 'italic' },
  { tag: tags.invalid, color: 'var(--critical)' },
]);

export const editorTheme = EditorView.theme({
  '&': {
    color: 'var(--text)',
    backgroundColor: 'transparent',
    fontSize: 'var(--code-size, 0.875rem)',
  },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': {
    fontFamily: 'var(--mono)',
    lineHeight: '1.5rem',
    minHeight: 'calc(1.5rem * var(--code-lines, 1) + 0.75rem)',
    maxHeight: '20rem',
    overflow: 'auto',
  },
  '.cm-content': { padding: '0.375rem 0', caretColor: 'var(--text)' },
  '.cm-line': { padding: '0 0.5rem' },
  '.cm-placeholder': { color: 'var(--quiet)' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--accent-back)',
    outline: '1px solid var(--accent)',
  },
  '.cm-nonmatchingBracket, &.cm-focused .cm-nonmatchingBracket': {
    backgroundColor: 'transparent',
    color: 'var(--critical)',
  },
  '.cm-lintRange-error': wavy('--critical'),
  '.cm-lintRange-warning': wavy('--warning'),
  '.cm-lintPoint::after': { borderBottomColor: 'var(--critical)' },
  '.cm-tooltip': {
    color: 'var(--text)',
    backgroundColor: 'var(--raised)',
    border: '1px solid var(--edge)',
    borderRadius: 'var(--radius)',
    boxShadow: 'var(--shadow)',
    zIndex: '60',
    overflow: 'hidden',
  },
  '.cm-tooltip-lint': { maxWidth: 'min(30rem, 90vw)' },
  '.cm-diagnostic': {
    padding: '0.5rem 0.75rem',
    borderLeft: '4px solid var(--critical)',
    fontFamily: 'var(--font)',
    fontSize: 'var(--small)',
  },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--warning)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    fontFamily: 'var(--mono)',
    fontSize: 'var(--small)',
    maxHeight: '15rem',
    minWidth: 'min(18rem, 80vw)',
    maxWidth: 'min(40rem, 92vw)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': {
    padding: '0.3rem 0.6rem',
    lineHeight: '1.4',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    color: 'var(--on-accent)',
    backgroundColor: 'var(--accent)',
  },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700' },
  '.cm-completionDetail': { fontStyle: 'normal', marginLeft: '0.75rem', opacity: '0.85' },
  '.cm-tooltip.cm-completionInfo': {
    padding: '0.5rem 0.75rem',
    maxWidth: '24rem',
    fontFamily: 'var(--font)',
    fontSize: 'var(--small)',
    overflow: 'visible',
  },
  // It would lie on what there is to choose from.
  '@media (max-width: 40rem)': {
    '.cm-tooltip.cm-completionInfo': { display: 'none' },
  },
  '@media (pointer: coarse)': {
    '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '0.7rem 0.75rem' },
  },
});

function wavy(color: string) {
  return {
    backgroundImage: 'none',
    textDecoration: `underline wavy var(${color})`,
    textDecorationSkipInk: 'none',
    textUnderlineOffset: '0.2em',
  };
}
