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

const MONO = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace';

export const editorTheme = EditorView.theme({
  '&': {
    color: 'var(--text)',
    backgroundColor: 'transparent',
    fontSize: 'var(--code-size, 0.9375rem)',
  },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': {
    fontFamily: MONO,
    lineHeight: '1.5rem',
    minHeight: 'calc(1.5rem * var(--code-lines, 1) + 1rem)',
    maxHeight: '20rem',
    overflow: 'auto',
  },
  '.cm-content': { padding: '0.5rem 0', caretColor: 'var(--text)' },
  '.cm-line': { padding: '0 0.75rem' },
  '.cm-placeholder': { color: 'var(--quiet)' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': {
    backgroundColor: 'color-mix(in srgb, var(--accent) 22%, transparent)',
    outline: '1px solid var(--accent)',
  },
  '.cm-nonmatchingBracket, &.cm-focused .cm-nonmatchingBracket': {
    backgroundColor: 'transparent',
    color: 'var(--critical)',
  },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--critical)',
    textDecorationSkipInk: 'none',
    textUnderlineOffset: '0.2em',
  },
  '.cm-lintRange-warning': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--warning)',
    textDecorationSkipInk: 'none',
    textUnderlineOffset: '0.2em',
  },
  '.cm-lintPoint::after': { borderBottomColor: 'var(--critical)' },
  '.cm-tooltip': {
    color: 'var(--text)',
    backgroundColor: 'var(--card)',
    border: '1px solid var(--edge)',
    borderRadius: '0.5rem',
    boxShadow: '0 6px 24px rgb(0 0 0 / 0.25)',
    zIndex: '60',
    overflow: 'hidden',
  },
  '.cm-tooltip-lint': { maxWidth: '30rem' },
  '.cm-diagnostic': {
    padding: '0.5rem 0.75rem',
    borderLeft: '4px solid var(--critical)',
    fontFamily: 'var(--font, system-ui, sans-serif)',
  },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--warning)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    fontFamily: MONO,
    fontSize: '0.875rem',
    maxHeight: '15rem',
    minWidth: 'min(18rem, 80vw)',
    maxWidth: 'min(40rem, 92vw)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '0.3rem 0.6rem', lineHeight: '1.4' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    color: 'var(--on-accent, #fff)',
    backgroundColor: 'var(--accent)',
  },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700' },
  '.cm-completionDetail': { fontStyle: 'normal', marginLeft: '0.75rem', opacity: '0.8' },
  '.cm-tooltip.cm-completionInfo': {
    padding: '0.5rem 0.75rem',
    maxWidth: '24rem',
    fontFamily: 'var(--font, system-ui, sans-serif)',
    fontSize: '0.875rem',
  },
  '@media (pointer: coarse)': {
    '&': { fontSize: '1rem' },
    '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '0.7rem 0.75rem' },
  },
});
