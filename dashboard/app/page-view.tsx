import { Component, type ComponentChildren, type JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { PageName } from '../../core/answers/page-names.ts';
import { t } from '../i18n/language.ts';
import { Button } from '../ui/button.tsx';
import { Empty } from '../ui/empty.tsx';
import { Skeleton } from '../ui/loading.tsx';
import { PageFrame } from '../ui/page.tsx';
import { Link } from './link.tsx';
import { APP, PAGE_TITLES } from './messages.ts';
import { hasPage, loadPage, readyPage } from './page-loader.ts';

/** The page that is open, or that its code is on its way. */
export function PageView({ page }: { readonly page: PageName | undefined }): JSX.Element {
  // Told when code has come, or not.
  const [failed, setFailed] = useState<PageName | undefined>(undefined);
  const [, setCome] = useState<PageName | undefined>(undefined);
  const Page = page === undefined ? undefined : readyPage(page);
  const isMissing = page !== undefined && Page === undefined && failed !== page;
  useEffect(() => {
    if (!isMissing) return;
    let isWanted = true;
    loadPage(page)?.then(
      () => isWanted && setCome(page),
      () => isWanted && setFailed(page),
    );
    return () => {
      isWanted = false;
    };
  }, [page, isMissing]);
  if (page === undefined || !hasPage(page)) return <NotFound />;
  if (failed === page) return <NotLoaded retry={() => setFailed(undefined)} />;
  if (Page === undefined)
    return (
      <PageFrame title={t(PAGE_TITLES[page])}>
        <Skeleton height={320} />
      </PageFrame>
    );
  return (
    <ErrorBoundary key={page}>
      <Page />
    </ErrorBoundary>
  );
}

function NotFound(): JSX.Element {
  return (
    <PageFrame title={t(APP.notFoundTitle)}>
      <Empty title={t(APP.notFound)} action={<Link to="overview">{t(APP.toOverview)}</Link>} />
    </PageFrame>
  );
}

function NotLoaded({ retry }: { readonly retry: () => void }): JSX.Element {
  return (
    <PageFrame title={t(APP.notLoadedTitle)}>
      <Empty
        title={t(APP.notLoaded)}
        action={
          <>
            <Button kind="primary" onClick={retry}>
              {t(APP.retry)}
            </Button>
            <Button onClick={() => location.reload()}>{t(APP.reload)}</Button>
          </>
        }
      />
    </PageFrame>
  );
}

interface BoundaryProps {
  readonly children: ComponentChildren;
}

/** A page that fails takes nothing else down, and says so. */
class ErrorBoundary extends Component<BoundaryProps, { readonly error?: Error | undefined }> {
  override componentDidCatch(error: unknown): void {
    console.error(error);
    this.setState({ error: error instanceof Error ? error : new Error(String(error)) });
  }

  override render(): ComponentChildren {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <PageFrame title={t(APP.crashedTitle)}>
        <Empty
          title={t(APP.crashed)}
          action={
            <>
              <Button kind="primary" onClick={() => this.setState({ error: undefined })}>
                {t(APP.retry)}
              </Button>
              <Button onClick={() => location.reload()}>{t(APP.reload)}</Button>
            </>
          }
        >
          <pre class="crash">{error.message}</pre>
        </Empty>
      </PageFrame>
    );
  }
}
