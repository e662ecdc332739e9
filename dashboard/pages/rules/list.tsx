import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useMay } from '../../api/caller.ts';
import { useQuery } from '../../app/router.ts';
import { t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { DownloadIcon, PlusIcon, UploadIcon } from '../../ui/icons.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { PageFrame } from '../../ui/page.tsx';
import { Problem } from '../../ui/problem.tsx';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { FileCard } from './file-card.tsx';
import { downloadAll } from './files.ts';
import { RULES } from './messages.ts';
import { importInto, NewFileDialog } from './new-file.tsx';
import { countRules, filterFiles, type RuleHealth, type RuleState } from './rule-views.ts';
import { useFileViews } from './rules-data.ts';

const STATES: readonly RuleState[] = ['firing', 'pending', 'inactive', 'unknown'];
const HEALTHS: readonly RuleHealth[] = ['ok', 'err', 'unknown'];

/** All rules, by file and group. */
export function RuleList(): JSX.Element {
  const { files, rules, list } = useFileViews();
  const [query, change] = useQuery();
  const filter = {
    text: query.get('q') ?? '',
    state: STATES.find((one) => one === query.get('state')) ?? ('' as const),
    health: HEALTHS.find((one) => one === query.get('health')) ?? ('' as const),
  };
  const shown = files && filterFiles(files, filter);
  const counts = files && countRules(files);
  const set = (changes: Record<string, string>) =>
    change(
      Object.fromEntries(Object.entries(changes).map(([key, value]) => [key, value || undefined])),
      'replace',
    );
  return (
    <PageFrame
      title={t(RULES.title)}
      // A line in any case, so that nothing below moves when it can be filled in.
      lead={counts ? t(RULES.counts, counts.rules, counts.firing, counts.failing) : '\u00a0'}
      actions={<Actions names={files?.map(({ name }) => name) ?? []} />}
    >
      <div class="rules-filter">
        <TextField
          label={t(RULES.search)}
          hideLabel
          type="search"
          search
          placeholder={t(RULES.searchHelp)}
          value={filter.text}
          onChange={(q) => set({ q })}
        />
        <Select
          label={t(RULES.state)}
          value={filter.state}
          onChange={(state) => set({ state })}
          options={[
            { value: '', text: `${t(RULES.state)}: ${t(RULES.all)}` },
            ...STATES.map((value) => ({ value, text: t(RULES[value]) })),
          ]}
          hideLabel
        />
        <Select
          label={t(RULES.health)}
          value={filter.health}
          onChange={(health) => set({ health })}
          options={[
            { value: '', text: `${t(RULES.health)}: ${t(RULES.all)}` },
            ...HEALTHS.map((value) => ({ value, text: t(RULES[value]) })),
          ]}
          hideLabel
        />
      </div>
      {rules.failure !== undefined && (
        <Problem failure={rules.failure} staleMs={rules.atMs} retry={rules.refresh} />
      )}
      {list.failure !== undefined && rules.failure === undefined && (
        <Problem failure={list.failure} staleMs={list.atMs} retry={list.refresh} />
      )}
      <FileErrors errors={list.data?.errors ?? []} />
      {shown === undefined && rules.failure === undefined && <Skeleton height={640} />}
      {shown?.length === 0 && (
        <Empty
          title={t(RULES.none)}
          action={
            <Button onClick={() => set({ q: '', state: '', health: '' })}>
              {t(RULES.showAll)}
            </Button>
          }
        >
          {t(RULES.noneHelp)}
        </Empty>
      )}
      {shown?.map((file) => (
        <FileCard key={file.name} file={file} />
      ))}
    </PageFrame>
  );
}

/** What is wrong with files that are not evaluated as they are. */
function FileErrors({ errors }: { readonly errors: readonly string[] }): JSX.Element | null {
  if (errors.length === 0) return null;
  return (
    <div class="rules-errors" role="alert">
      <p class="rules-errors-title">{t(RULES.problems)}</p>
      <ul>
        {errors.map((error) => (
          <li key={error}>{error}</li>
        ))}
      </ul>
    </div>
  );
}

function Actions({ names }: { readonly names: readonly string[] }): JSX.Element {
  const may = useMay('editRules');
  const [isNew, setNew] = useState(false);
  return (
    <>
      <Button icon={<DownloadIcon />} onClick={() => void downloadAll()}>
        {t(RULES.exportAll)}
      </Button>
      {may !== false && (
        <>
          <Button icon={<UploadIcon />} onClick={() => importInto()}>
            {t(RULES.importFile)}
          </Button>
          <Button kind="primary" icon={<PlusIcon />} onClick={() => setNew(true)}>
            {t(RULES.newFile)}
          </Button>
        </>
      )}
      <NewFileDialog open={isNew} onClose={() => setNew(false)} names={names} />
    </>
  );
}
