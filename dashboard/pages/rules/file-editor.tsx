import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { RuleProblem } from '../../../core/answers/rules.ts';
import { useMay } from '../../api/caller.ts';
import { Link } from '../../app/link.tsx';
import { useQuery } from '../../app/router.ts';
import { t } from '../../i18n/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { ClockIcon, DownloadIcon } from '../../ui/icons.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { PageFrame } from '../../ui/page.tsx';
import { Problem } from '../../ui/problem.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import './editor.css';
import { Source } from './file-card.tsx';
import { saveAs } from './files.ts';
import { FormView } from './form-view.tsx';
import { useLeaveGuard } from './leave-guard.ts';
import { EDIT, RULES } from './messages.ts';
import { listRules } from './rule-document.ts';
import { SaveDialog } from './save-dialog.tsx';
import { type FileEdit, useFileEdit } from './use-file-edit.ts';
import { YamlEditor } from './yaml-editor.tsx';

const VIEWS = ['form', 'yaml'] as const;
type View = (typeof VIEWS)[number];

/** A rule file as a form, rule by rule, or as text. Whoever may not save can try changes all the same. */
export function FileEditor({ name }: { readonly name: string }): JSX.Element {
  const edit = useFileEdit(name);
  const may = useMay('editRules');
  const [query, change] = useQuery();
  const view = VIEWS.find((one) => one === query.get('as')) ?? 'form';
  const [isSaving, setSaving] = useState(false);
  const [goTo, setGoTo] = useState<{ readonly line: number; readonly column?: number }>();
  const { file, text, isChanged, check } = edit;
  const rules = useMemo(
    () => (edit.isLoading ? undefined : listRules(text)),
    [text, edit.isLoading],
  );
  const problems = check?.errors ?? NO_PROBLEMS;
  useLeaveGuard(isChanged, (url) => new URLSearchParams(url.search).get('edit') === name);

  const reason =
    may === false
      ? t(RULES.mayNot)
      : !isChanged
        ? t(EDIT.unchanged)
        : problems.length > 0
          ? t(EDIT.hasErrors)
          : undefined;
  const save = () => {
    if (reason === undefined) setSaving(true);
  };
  const show = (problem: RuleProblem) => {
    change({ as: 'yaml' }, 'replace');
    setGoTo({ line: problem.line, column: problem.column });
  };
  return (
    <PageFrame
      title={t(may === false ? EDIT.lookTitle : EDIT.title, name)}
      lead={
        <>
          <Link to="rules">{t(RULES.toList)}</Link>
          {file !== undefined && <Source info={file} />}
        </>
      }
      actions={
        <>
          {isChanged && <Badge tone="warning">{t(EDIT.unsaved)}</Badge>}
          <Link to="rules" query={{ versions: name }} class="button button-plain">
            <ClockIcon />
            {t(RULES.versions)}
          </Link>
          <Button icon={<DownloadIcon />} onClick={() => saveAs(name, text)}>
            {t(RULES.download)}
          </Button>
          {isChanged && <Button onClick={edit.discard}>{t(EDIT.discard)}</Button>}
          <Button kind="primary" reason={reason} onClick={save}>
            {t(EDIT.save)}
          </Button>
        </>
      }
    >
      {edit.failure !== undefined && <Problem failure={edit.failure} />}
      {edit.isLoading && <Skeleton height={520} />}
      {!edit.isLoading && edit.failure === undefined && (
        <>
          {may === false && <p class="rules-note">{t(RULES.readOnly)}</p>}
          {edit.isDraft && <p class="rules-notice">{t(EDIT.draftBack)}</p>}
          <CheckLine edit={edit} onShow={show} />
          <Tabs<View>
            label={t(EDIT.view)}
            tabs={[
              { id: 'form', title: t(EDIT.form) },
              { id: 'yaml', title: t(EDIT.yaml) },
            ]}
            selected={view}
            onSelect={(as) => change({ as }, 'replace')}
          >
            {view === 'form' ? (
              <FormView
                name={name}
                text={text}
                setText={edit.setText}
                rules={rules}
                problems={problems}
              />
            ) : (
              <>
                <YamlEditor
                  label={t(EDIT.yamlLabel, name)}
                  value={text}
                  onChange={edit.setText}
                  onSave={save}
                  problems={problems}
                  isReadOnly={false}
                  goTo={goTo}
                />
                <p class="rules-note">{t(EDIT.yamlHelp)}</p>
              </>
            )}
          </Tabs>
        </>
      )}
      <Saving name={name} edit={edit} open={isSaving} onClose={() => setSaving(false)} />
    </PageFrame>
  );
}

const NO_PROBLEMS: readonly RuleProblem[] = [];

/** It is made anew each time, so that it begins without what was said before. */
function Saving(props: Parameters<typeof SaveDialog>[0]): JSX.Element {
  const [times, setTimes] = useState(0);
  useEffect(() => {
    if (props.open) setTimes((before) => before + 1);
  }, [props.open]);
  return <SaveDialog key={times} {...props} />;
}

interface CheckLineProps {
  readonly edit: FileEdit;
  readonly onShow: (problem: RuleProblem) => void;
}

/** What the API says of the text as it is: each problem leads to its place. */
function CheckLine({ edit: { check }, onShow }: CheckLineProps): JSX.Element {
  if (check === undefined)
    return (
      <p class="rules-check quiet" role="status">
        {t(EDIT.checking)}
      </p>
    );
  if (check.errors.length === 0)
    return (
      <p class="rules-check rules-check-good" role="status">
        ✓ {t(EDIT.good, check.groups, check.rules)}
      </p>
    );
  return (
    <div class="rules-check rules-errors" role="status">
      <p class="rules-errors-title">{t(EDIT.problems, check.errors.length)}</p>
      <ul>
        {check.errors.slice(0, 10).map((problem) => (
          <li key={`${problem.line}:${problem.column} ${problem.message}`}>
            <button type="button" class="rules-problem" onClick={() => onShow(problem)}>
              {t(EDIT.line, problem.line)}
            </button>{' '}
            {problem.message}
          </li>
        ))}
      </ul>
    </div>
  );
}
