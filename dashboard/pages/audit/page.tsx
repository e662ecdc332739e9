import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useMay } from '../../api/caller.ts';
import { askPage, type ListPage } from '../../api/client.ts';
import { asFailure } from '../../api/failure.ts';
import { usePolled } from '../../api/poll.ts';
import { useQuery } from '../../app/router.ts';
import { t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { Menu } from '../../ui/menu.tsx';
import { PageFrame } from '../../ui/page.tsx';
import { Problem } from '../../ui/problem.tsx';
import { toast } from '../../ui/toast.ts';
import './audit.css';
import { AuditList } from './audit-list.tsx';
import { type AuditEntry, type AuditFilter, filterOf, paramsOf } from './audit-records.ts';
import { saveFile, toCsv, toJsonLines } from './export.ts';
import { Filters } from './filters.tsx';
import { AUDIT } from './messages.ts';

/** Some 250 bytes each: a page of them is four read units. */
const PAGE_LIMIT = 100;
const EVERY_MS = 60_000;
/** An export reads so many at once, and at most so many in all: some 3 MB. */
const EXPORT_PAGE = 1000;
const EXPORT_MAX = 10_000;

/** Who changed what, the newest first. */
export function Page(): JSX.Element {
  const may = useMay('readAudit');
  const [query] = useQuery();
  const filter = filterOf(query);
  return (
    <PageFrame
      title={t(AUDIT.title)}
      lead={t(AUDIT.lead)}
      actions={may === false ? undefined : <Export filter={filter} isKnown={may === true} />}
    >
      {may === false ? (
        <Empty title={t(AUDIT.mayNot)}>{t(AUDIT.mayNotText)}</Empty>
      ) : (
        <div class="stack">
          <Filters filter={filter} key={JSON.stringify(filter)} />
          {may === undefined ? (
            <Skeleton height={480} />
          ) : (
            <Records filter={filter} key={`records ${JSON.stringify(filter)}`} />
          )}
        </div>
      )}
    </PageFrame>
  );
}

function askFor(filter: AuditFilter, limit: number, cursor?: string, signal?: AbortSignal) {
  return askPage<readonly AuditEntry[]>('api/v1/audit', {
    query: paramsOf(filter, Date.now(), limit, cursor),
    ...(signal === undefined ? {} : { signal }),
  });
}

function Records({ filter }: { readonly filter: AuditFilter }): JSX.Element {
  const [older, setOlder] = useState<readonly ListPage<readonly AuditEntry[]>[]>([]);
  const [isBusy, setBusy] = useState(false);
  const { data, failure, atMs, refresh } = usePolled(
    `audit ${JSON.stringify(filter)}`,
    (signal) => askFor(filter, PAGE_LIMIT, undefined, signal),
    // Else what is new would be missing between the first part and the next.
    older.length === 0 ? EVERY_MS : undefined,
  );
  if (data === undefined)
    return failure === undefined ? (
      <Skeleton height={480} />
    ) : (
      <Problem failure={failure} retry={refresh} />
    );
  const pages = [data, ...older];
  const entries = pages.flatMap((page) => page.data);
  const next = pages.at(-1)?.next;
  const showOlder = async () => {
    setBusy(true);
    try {
      setOlder([...older, await askFor(filter, PAGE_LIMIT, next)]);
    } catch (error) {
      toast(asFailure(error).message, 'critical');
    }
    setBusy(false);
  };
  return (
    <>
      {failure !== undefined && <Problem failure={failure} staleMs={atMs} retry={refresh} />}
      <Card flush>
        {entries.length === 0 && next === undefined ? (
          <Empty title={t(AUDIT.none)}>{t(AUDIT.noneText)}</Empty>
        ) : (
          <AuditList entries={entries} />
        )}
      </Card>
      <div class="audit-foot">
        {next === undefined ? (
          entries.length > 0 && <p class="quiet small">{t(AUDIT.noMore)}</p>
        ) : (
          <Button busy={isBusy} onClick={() => void showOlder()}>
            {t(AUDIT.older)}
          </Button>
        )}
      </div>
    </>
  );
}

interface ExportProps {
  readonly filter: AuditFilter;
  /** Whether who asks may; until then it holds its place. */
  readonly isKnown: boolean;
}

function Export({ filter, isKnown }: ExportProps): JSX.Element {
  if (!isKnown) return <Button disabled>{t(AUDIT.export)}</Button>;
  const save = async (format: 'csv' | 'jsonl') => {
    try {
      const { entries, isAll } = await collect(filter);
      if (format === 'csv') saveFile('audit.csv', 'text/csv', toCsv(entries));
      else saveFile('audit.jsonl', 'application/jsonl', toJsonLines(entries));
      if (isAll) toast(t(AUDIT.exported, entries.length));
      else toast(t(AUDIT.exportedMost, entries.length), 'warning');
    } catch (error) {
      toast(asFailure(error).message, 'critical');
    }
  };
  return (
    <Menu
      label={t(AUDIT.export)}
      class="button button-plain"
      button={t(AUDIT.export)}
      items={[
        { text: t(AUDIT.csv), onSelect: () => void save('csv') },
        { text: t(AUDIT.jsonl), onSelect: () => void save('jsonl') },
      ]}
    />
  );
}

/** All records that a filter takes, at most `EXPORT_MAX`. */
async function collect(
  filter: AuditFilter,
): Promise<{ entries: readonly AuditEntry[]; isAll: boolean }> {
  const entries: AuditEntry[] = [];
  let cursor: string | undefined;
  do {
    const page = await askFor(filter, EXPORT_PAGE, cursor);
    entries.push(...page.data);
    cursor = page.next;
  } while (cursor !== undefined && entries.length < EXPORT_MAX);
  return { entries, isAll: cursor === undefined };
}
