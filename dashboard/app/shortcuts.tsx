import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { PageName } from '../../core/answers/page-names.ts';
import { t } from '../i18n/language.ts';
import { Dialog } from '../ui/dialog.tsx';
import { APP, PAGE_TITLES } from './messages.ts';
import { hasPage } from './page-loader.ts';
import { navigate } from './router.ts';
import './shortcuts.css';

/** After a "g". */
const PAGE_KEYS: ReadonlyMap<string, PageName> = new Map([
  ['o', 'overview'],
  ['a', 'alerts'],
  ['e', 'graph'],
  ['r', 'rules'],
  ['t', 'routing'],
  ['s', 'subscriptions'],
  ['h', 'add-host'],
  ['k', 'tokens'],
  ['l', 'audit'],
  ['p', 'account'],
]);
const SECOND_KEY_WITHIN_MS = 1_500;

const isHelpOpen = signal(false);

export function openHelp(): void {
  isHelpOpen.value = true;
}

/** Listens for keys that are pressed outside of fields: "/" to search, "g" and a letter for a page, "?" for help. */
export function useShortcuts(): void {
  useEffect(() => {
    let firstMs = Number.NEGATIVE_INFINITY;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (isTyping(event) || document.querySelector('[role=dialog], [role=alertdialog]')) return;
      const isSecond = performance.now() - firstMs < SECOND_KEY_WITHIN_MS;
      firstMs = event.key === 'g' && !isSecond ? performance.now() : Number.NEGATIVE_INFINITY;
      if (isSecond) return openPage(event);
      if (event.key === '/') focusSearch(event);
      if (event.key === '?') openHelp();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

function isTyping({ target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  // An editor in a shadow root is seen as the element that holds it.
  return (
    target.isContentEditable ||
    target.shadowRoot?.activeElement != null ||
    target.matches('input, textarea, select, [role=combobox], [role=textbox], [role=menu] *')
  );
}

function openPage(event: KeyboardEvent): void {
  const page = PAGE_KEYS.get(event.key);
  if (page === undefined || !hasPage(page)) return;
  event.preventDefault();
  navigate(page);
}

function focusSearch(event: KeyboardEvent): void {
  const field = document.querySelector<HTMLElement>('main [data-search], main input[type=search]');
  if (field === null) return;
  event.preventDefault();
  field.focus();
}

/** What keys there are. */
export function ShortcutHelp(): JSX.Element {
  const pages = [...PAGE_KEYS].filter(([, page]) => hasPage(page));
  return (
    <Dialog
      open={isHelpOpen.value}
      onClose={() => {
        isHelpOpen.value = false;
      }}
      title={t(APP.keyboard)}
    >
      <dl class="shortcuts">
        <Shortcut keys={['/']} text={t(APP.keySearch)} />
        <Shortcut keys={['?']} text={t(APP.keyHelp)} />
        <Shortcut keys={['Esc']} text={t(APP.keyClose)} />
        {pages.map(([key, page]) => (
          <Shortcut key={key} keys={['g', key]} text={t(PAGE_TITLES[page])} />
        ))}
      </dl>
    </Dialog>
  );
}

function Shortcut({ keys, text }: { readonly keys: readonly string[]; readonly text: string }) {
  return (
    <div>
      <dt>
        {keys.map((key, i) => (
          <>
            {i > 0 && <span class="quiet"> {t(APP.andThen)} </span>}
            <kbd>{key}</kbd>
          </>
        ))}
      </dt>
      <dd>{text}</dd>
    </div>
  );
}
