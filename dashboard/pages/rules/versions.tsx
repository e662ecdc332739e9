import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { RuleFileText, RuleVersionInfo } from '../../../core/answers/rules.ts';
import { useMay } from '../../api/caller.ts';
import { ask } from '../../api/client.ts';
import { asFailure } from '../../api/failure.ts';
import { usePolled } from '../../api/poll.ts';
import { Link } from '../../app/link.tsx';
import { useQuery } from '../../app/router.ts';
import { t } from '../../i18n/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { confirm } from '../../ui/confirm.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { PageFrame } from '../../ui/page.tsx';
import { Problem } from '../../ui/problem.tsx';
import { Select } from '../../ui/select.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.ts';
import { DiffView } from './diff-view.tsx';
import './editor.css';
import { Source } from './file-card.tsx';
import { RULES, VERSIONS } from './messages.ts';
import { filePath, refreshRules } from './rules-data.ts';

/** Who changed a file, when and why; what differs between two versions; the way back. */
export function Versions({ name }: { readonly name: string }): JSX.Element {
  const versions = usePolled(`rules/versions/${name}`, (signal) =>
    ask<readonly RuleVersionInfo[]>(filePath(name, '/versions'), { signal }),
  );
  const file = usePolled(`rules/file/${name}`, (signal) =>
    ask<RuleFileText>(filePath(name), { signal }),
  );
  const failure = versions.failure ?? file.failure;
  return (
    <PageFrame
      title={t(VERSIONS.title, name)}
      lead={file.data && <Source info={file.data} />}
      actions={
        <Link to="rules" query={{ edit: name }} class="button button-plain">
          {t(VERSIONS.back)}
        </Link>
      }
    >
      {failure !== undefined && <Problem failure={failure} retry={versions.refresh} />}
      {failure === undefined && (versions.data === undefined || file.data === undefined) && (
        <Skeleton height={480} />
      )}
      {versions.data?.length === 0 && (
        <Empty title={t(VERSIONS.none)} action={<Link to="rules">{t(RULES.toList)}</Link>}>
          {t(VERSIONS.noneText)}
        </Empty>
      )}
      {versions.data !== undefined && versions.data.length > 0 && file.data !== undefined && (
        <Listed file={file.data} versions={versions.data} />
      )}
    </PageFrame>
  );
}

interface ListedProps {
  readonly file: RuleFileText;
  readonly versions: readonly RuleVersionInfo[];
}

function Listed({ file, versions }: ListedProps): JSX.Element {
  const may = useMay('editRules') === true;
  const columns: readonly Column<RuleVersionInfo>[] = [
    {
      id: 'version',
      title: t(VERSIONS.version),
      heads: true,
      cell: ({ version, isCurrent, tookEffect }) => (
        <span class="rules-source">
          {version}
          {isCurrent && <Badge tone="good">{t(VERSIONS.current)}</Badge>}
          {!tookEffect && <Badge tone="warning">{t(VERSIONS.neverHeld)}</Badge>}
        </span>
      ),
    },
    { id: 'when', title: t(VERSIONS.when), cell: ({ at }) => <Time ms={Date.parse(at)} /> },
    { id: 'who', title: t(VERSIONS.who), cell: ({ who }) => who },
    {
      id: 'comment',
      title: t(VERSIONS.comment),
      cell: (version) => (
        <>
          {version.comment !== '' && <p>{version.comment}</p>}
          <p class="quiet">{deedOf(version)}</p>
        </>
      ),
    },
    ...(may
      ? [
          {
            id: 'back',
            title: t(VERSIONS.rollBack),
            isActions: true,
            cell: (version: RuleVersionInfo) =>
              version.kind === 'text' &&
              !version.isCurrent && (
                <Button
                  small
                  label={t(VERSIONS.rollBackTo, t(VERSIONS.nth, version.version))}
                  onClick={() => void rollBack(file, version.version)}
                >
                  {t(VERSIONS.rollBack)}
                </Button>
              ),
          },
        ]
      : []),
  ];
  return (
    <>
      {may && file.source === 'edited' && (
        <p class="rules-back">
          <Button onClick={() => void rollBack(file, 'deployed')}>
            {t(VERSIONS.rollBackTo, t(VERSIONS.deployed))}
          </Button>
        </p>
      )}
      <Card flush>
        <Table
          label={t(VERSIONS.title, file.name)}
          columns={columns}
          rows={versions}
          rowKey={({ version }) => String(version)}
        />
      </Card>
      <Compared file={file} versions={versions} />
    </>
  );
}

function deedOf({ kind, rolledBackTo }: RuleVersionInfo): string {
  if (kind === 'deployed') return t(VERSIONS.deployedBack);
  if (kind === 'gone') return t(VERSIONS.gone);
  return rolledBackTo === undefined ? t(VERSIONS.text) : t(VERSIONS.rolledBack, rolledBackTo);
}

async function rollBack({ name, version }: RuleFileText, to: number | 'deployed'): Promise<void> {
  const what = to === 'deployed' ? t(VERSIONS.deployed) : t(VERSIONS.nth, to);
  const title = t(VERSIONS.rollBackTo, what);
  const action = t(VERSIONS.rollBack);
  if (!(await confirm({ title, text: t(VERSIONS.rollBackText), action, danger: false }))) return;
  try {
    await ask(filePath(name, '/rollback'), { json: { to, basedOn: version, comment: '' } });
    toast(t(VERSIONS.rolledBackNow, name));
  } catch (error) {
    toast(asFailure(error).message, 'critical');
  }
  refreshRules();
}

/** Two versions beside each other: at first what the newest one changed. */
function Compared({ file, versions }: ListedProps): JSX.Element {
  const [query, change] = useQuery();
  const [isSplit, setSplit] = useState(globalThis.innerWidth > 900);
  const options = [
    ...(file.deployedText === undefined ? [] : [{ value: 'deployed', text: t(VERSIONS.deployed) }]),
    ...versions
      .filter(({ kind }) => kind === 'text')
      .map(({ version }) => ({ value: String(version), text: t(VERSIONS.nth, version) })),
  ];
  const newest = options.find(({ value }) => value !== 'deployed')?.value ?? 'deployed';
  const older = options.filter(({ value }) => value !== newest);
  const before =
    older.find(({ value }) => value !== 'deployed')?.value ?? older[0]?.value ?? newest;
  const chosen = (name: string, otherwise: string) =>
    options.find(({ value }) => value === query.get(name))?.value ?? otherwise;
  const [from, to] = [chosen('from', before), chosen('to', newest)];
  const [fromText, toText] = [useVersion(file, from), useVersion(file, to)];
  const failure = fromText.failure ?? toText.failure;
  return (
    <Card title={t(VERSIONS.compare)}>
      <div class="rules-compare">
        <Select
          label={t(VERSIONS.from)}
          options={options}
          value={from}
          onChange={(value) => change({ from: value }, 'replace')}
        />
        <Select
          label={t(VERSIONS.to)}
          options={options}
          value={to}
          onChange={(value) => change({ to: value }, 'replace')}
        />
        <Select
          label={t(VERSIONS.layout)}
          options={[
            { value: 'unified', text: t(VERSIONS.unified) },
            { value: 'split', text: t(VERSIONS.split) },
          ]}
          value={isSplit ? 'split' : 'unified'}
          onChange={(value) => setSplit(value === 'split')}
        />
      </div>
      {failure !== undefined ? (
        <Problem failure={failure} />
      ) : fromText.text === undefined || toText.text === undefined ? (
        <Skeleton height={240} />
      ) : (
        <DiffView before={fromText.text} after={toText.text} isSplit={isSplit} />
      )}
    </Card>
  );
}

/** What a version says; versions never change. */
function useVersion({ name, deployedText }: RuleFileText, version: string) {
  const key = version === 'deployed' ? '' : `rules/version/${name}/${version}`;
  const { data, failure } = usePolled(key, (signal) =>
    ask<{ readonly text: string }>(filePath(name, `/versions/${version}`), { signal }),
  );
  return version === 'deployed' ? { text: deployedText } : { text: data?.text, failure };
}
