import type { JSX } from 'preact';
import { lazy, Suspense } from 'preact/compat';
import { useQuery } from '../../app/router.ts';
import { Skeleton } from '../../ui/loading.tsx';
import { PageFrame } from '../../ui/page.tsx';
import { RuleDetail } from './detail.tsx';
import { RuleList } from './list.tsx';
import { placeOf } from './rule-views.ts';
import './rules.css';

const FileEditor = lazy(async () => ({ default: (await import('./file-editor.tsx')).FileEditor }));
const Versions = lazy(async () => ({ default: (await import('./versions.tsx')).Versions }));

/** Rules: all of them, one (`?file=&group=&rule=`), a file's editor (`?edit=`), or its versions (`?versions=`). */
export function Page(): JSX.Element {
  const [query] = useQuery();
  const [edited, versioned, place] = [query.get('edit'), query.get('versions'), placeOf(query)];
  if (edited !== null)
    return (
      <Suspense fallback={<Waiting title={edited} />}>
        <FileEditor key={edited} name={edited} />
      </Suspense>
    );
  if (versioned !== null)
    return (
      <Suspense fallback={<Waiting title={versioned} />}>
        <Versions key={versioned} name={versioned} />
      </Suspense>
    );
  return place === undefined ? <RuleList /> : <RuleDetail place={place} />;
}

function Waiting({ title }: { readonly title: string }): JSX.Element {
  return (
    <PageFrame title={title}>
      <Skeleton height={480} />
    </PageFrame>
  );
}
