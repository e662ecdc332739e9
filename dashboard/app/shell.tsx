import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useCaller } from '../api/caller.ts';
import { isOffline } from '../api/wake.ts';
import { language, t } from '../i18n/language.ts';
import { Button } from '../ui/button.tsx';
import { Confirmation } from '../ui/confirm.tsx';
import { Mark, OfflineIcon, PersonIcon } from '../ui/icons.tsx';
import { Toasts } from '../ui/toasts.tsx';
import { Link } from './link.tsx';
import { APP } from './messages.ts';
import { BottomBar, SideBar } from './navigation.tsx';
import { PageView } from './page-view.tsx';
import { type PageName, usePage } from './router.ts';
import './shell.css';
import { ShortcutHelp, useShortcuts } from './shortcuts.tsx';
import { SignInDialog } from './sign-in.tsx';

const MAIN = 'main';

/** What is around every page. */
export function Shell(): JSX.Element {
  const page = usePage();
  useShortcuts();
  useFocusOnPage(page);
  useEffect(() => {
    document.documentElement.lang = language.value;
  }, [language.value]);
  return (
    <div class="shell">
      <a
        class="skip-link"
        href={`#${MAIN}`}
        onClick={(event) => {
          // The address stays: what follows "#" is a page's.
          event.preventDefault();
          document.getElementById(MAIN)?.focus();
        }}
      >
        {t(APP.skip)}
      </a>
      <header class="shell-head">
        <Link to="overview" class="shell-name">
          <Mark />
          <strong>Hypervigil</strong>
        </Link>
        <WhoAsks />
      </header>
      <SideBar />
      <div class="shell-body">
        <Banners />
        <main id={MAIN} tabIndex={-1}>
          <PageView page={page} />
        </main>
      </div>
      <BottomBar />
      <Toasts />
      <Confirmation />
      <ShortcutHelp />
      <SignInDialog />
    </div>
  );
}

/** Another page is read from its heading on, as if the browser had loaded it. */
function useFocusOnPage(page: PageName | undefined): void {
  const before = useRef(page);
  useEffect(() => {
    if (before.current === page) return;
    before.current = page;
    scrollTo(0, 0);
    document.getElementById(MAIN)?.focus({ preventScroll: true });
  }, [page]);
}

function WhoAsks(): JSX.Element {
  const caller = useCaller();
  const who = caller === undefined ? '' : `${caller.name} · ${caller.role}`;
  return (
    <Link to="account" class="shell-account" label={`${who} ${t(APP.account)}`.trim()}>
      <PersonIcon />
      {who !== '' && <span>{who}</span>}
    </Link>
  );
}

/** What holds for the whole page: no network, a newer version. */
function Banners(): JSX.Element {
  const deployed = useCaller()?.dashboard;
  const isOld = deployed !== undefined && buildHere !== undefined && deployed !== buildHere;
  return (
    <div aria-live="polite">
      {isOffline.value && (
        <p class="banner banner-warning">
          <OfflineIcon />
          {t(APP.offline)}
        </p>
      )}
      {isOld && (
        <div class="banner banner-info">
          {t(APP.newVersion)}
          <Button small onClick={() => location.reload()}>
            {t(APP.reload)}
          </Button>
        </div>
      )}
    </div>
  );
}

/** Which dashboard runs here; `undefined`: one that is being developed. */
const buildHere = buildOf(document.querySelector('meta[name=hypervigil-build]'));

function buildOf(meta: Element | null): string | undefined {
  const build = meta?.getAttribute('content') ?? '';
  return /^[\w-]+$/.test(build) ? build : undefined;
}
