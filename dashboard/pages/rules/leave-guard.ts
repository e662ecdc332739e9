import { useEffect } from 'preact/hooks';
import { openAddress } from '../../app/router.ts';
import { t } from '../../i18n/language.ts';
import { confirm } from '../../ui/confirm.tsx';
import { EDIT } from './messages.ts';

/** Warns before a page with unsaved changes is left: by closing the tab, and by a link to elsewhere. */
export function useLeaveGuard(isUnsaved: boolean, stays: (url: URL) => boolean): void {
  useEffect(() => {
    if (!isUnsaved) return;
    const onUnload = (event: BeforeUnloadEvent) => event.preventDefault();
    const onClick = (event: MouseEvent) => {
      const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
      const isOther = event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey;
      if (!(link instanceof HTMLAnchorElement) || isOther) return;
      const url = new URL(link.href);
      const isOurs = url.origin === location.origin && link.target === '' && !link.download;
      if (!isOurs || stays(url)) return;
      event.preventDefault();
      event.stopPropagation();
      void askToLeave().then((may) => {
        if (may) openAddress(link.href);
      });
    };
    addEventListener('beforeunload', onUnload);
    // Before the link's own.
    document.addEventListener('click', onClick, true);
    return () => {
      removeEventListener('beforeunload', onUnload);
      document.removeEventListener('click', onClick, true);
    };
  }, [isUnsaved]);
}

function askToLeave(): Promise<boolean> {
  return confirm({
    title: t(EDIT.leaveTitle),
    text: t(EDIT.leaveText),
    action: t(EDIT.leave),
    danger: false,
  });
}
