import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { ask } from '../../api/client.ts';
import { asFailure } from '../../api/failure.ts';
import { t } from '../../i18n/language.ts';
import { PromqlEditor } from '../../promql/editor.tsx';
import { Button } from '../../ui/button.tsx';
import '../../ui/card.css';
import { ClockIcon, MenuIcon, SearchIcon } from '../../ui/icons.tsx';
import { Menu, type MenuItem } from '../../ui/menu.tsx';
import { Problem } from '../../ui/problem.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { toast } from '../../ui/toast.ts';
import type { PanelState } from './address.ts';
import { Controls } from './controls.tsx';
import { Examples } from './example-list.tsx';
import { GraphView } from './graph-view.tsx';
import { noteQuery } from './history.ts';
import { GRAPH } from './messages.ts';
import { MetricBrowser } from './metric-browser.tsx';
import { QueryHistory } from './query-history.tsx';
import { TableView } from './table-view.tsx';
import { type Answered, useAnswer } from './use-answer.ts';

interface PanelProps {
  /** As the address has it: what is asked. */
  readonly panel: PanelState;
  readonly label: string;
  readonly isAlone: boolean;
  readonly onChange: (panel: PanelState) => void;
  /** Absent: there is no room for one more. */
  readonly onDuplicate: ((panel: PanelState) => void) | undefined;
  readonly onRemove: () => void;
}

/** One expression with its graph and its table. */
export function Panel(props: PanelProps): JSX.Element {
  const { panel, label, isAlone, onChange } = props;
  const [draft, setDraft] = useState(panel.expr);
  const [runs, setRuns] = useState(0);
  const [open, setOpen] = useState<'metrics' | 'history'>();
  const insert = useRef<((text: string) => void) | undefined>(undefined);
  const [answered, cancel] = useAnswer(panel, runs);
  useLayoutEffect(() => setDraft(panel.expr), [panel.expr]);

  const run = (expr: string, more: Partial<PanelState> = {}) => {
    setDraft(expr);
    noteQuery(expr, Date.now());
    onChange({ ...panel, ...more, expr });
    setRuns((before) => before + 1);
  };
  const { failure } = answered;
  // What is wrong with the expression is said at it.
  const isOfExpr = failure?.status === 400 && answered.expr === draft.trim();
  return (
    <section class="card graph-panel" aria-label={label}>
      <div class="graph-ask">
        <PromqlEditor
          label={label}
          hideLabel={isAlone}
          value={draft}
          onChange={setDraft}
          onSubmit={(value) => run(value)}
          error={isOfExpr ? failure.message : undefined}
          autoFocus={panel.expr === '' && isAlone && hasKeyboard()}
          insertRef={insert}
        />
        <div class="graph-buttons">
          {answered.isLoading ? (
            <Button onClick={cancel}>{t(GRAPH.cancel)}</Button>
          ) : (
            <Button kind="primary" onClick={() => run(draft)}>
              {t(GRAPH.run)}
            </Button>
          )}
          <Button icon={<SearchIcon />} onClick={() => setOpen('metrics')}>
            {t(GRAPH.browse)}
          </Button>
          <Button icon={<ClockIcon />} onClick={() => setOpen('history')}>
            {t(GRAPH.history)}
          </Button>
          <Menu
            label={t(GRAPH.more)}
            button={<MenuIcon />}
            items={menuItems(props, draft, setDraft)}
          />
        </div>
      </div>
      {panel.expr.trim() === '' ? (
        isAlone && <Examples onChoose={({ expr, tab }) => run(expr, { tab })} />
      ) : (
        <Tabs
          label={t(GRAPH.view)}
          tabs={[
            { id: 'graph', title: t(GRAPH.graph) },
            { id: 'table', title: t(GRAPH.table) },
          ]}
          selected={panel.tab}
          onSelect={(tab) => onChange({ ...panel, tab })}
        >
          <Controls panel={panel} onChange={onChange} />
          {failure !== undefined && !isOfExpr && (
            <Problem failure={failure} retry={() => setRuns(runs + 1)} />
          )}
          {answered.isCancelled && <p class="quiet">{t(GRAPH.cancelled)}</p>}
          <Result {...{ panel, answered, onChange }} />
        </Tabs>
      )}
      <MetricBrowser
        open={open === 'metrics'}
        onClose={() => setOpen(undefined)}
        onChoose={(name) => {
          setOpen(undefined);
          if (draft.trim() === '') run(name);
          else insert.current?.(name);
        }}
      />
      <QueryHistory
        open={open === 'history'}
        onClose={() => setOpen(undefined)}
        onChoose={(expr) => {
          setOpen(undefined);
          run(expr);
        }}
      />
    </section>
  );
}

/** On a phone a focused field brings its keyboard up, over what there is to choose from. */
function hasKeyboard(): boolean {
  return matchMedia('(pointer: fine)').matches;
}

interface ResultProps {
  readonly panel: PanelState;
  readonly answered: Answered;
  readonly onChange: (panel: PanelState) => void;
}

function Result({ panel, answered, onChange }: ResultProps): JSX.Element | null {
  const { table, graph, isLoading, failure, isCancelled } = answered;
  const isOver = !isLoading && (failure !== undefined || isCancelled);
  const chart = (
    <GraphView {...{ panel, onChange, isLoading }} {...(graph === undefined ? {} : { graph })} />
  );
  if (panel.tab === 'graph') return isOver && graph === undefined ? null : chart;
  if (isOver && table === undefined) return null;
  const hasWay = graph?.threshold !== undefined || (isLoading && table !== undefined);
  return (
    <>
      <TableView
        expr={answered.expr}
        isLoading={isLoading}
        {...(table === undefined ? {} : { table })}
      />
      {hasWay && (
        <>
          <h2 class="graph-way">{t(GRAPH.howCame)}</h2>
          {chart}
        </>
      )}
    </>
  );
}

function menuItems(
  { panel, isAlone, onDuplicate, onRemove }: PanelProps,
  draft: string,
  setDraft: (expr: string) => void,
): MenuItem[] {
  const format = async () => {
    try {
      setDraft(await ask<string>('api/v1/format_query', { form: { query: draft } }));
    } catch (error) {
      toast(asFailure(error).message, 'critical');
    }
  };
  return [
    { text: t(GRAPH.format), onSelect: () => void format() },
    ...(onDuplicate === undefined
      ? []
      : [{ text: t(GRAPH.duplicate), onSelect: () => onDuplicate({ ...panel, expr: draft }) }]),
    ...(isAlone ? [] : [{ text: t(GRAPH.remove), onSelect: onRemove }]),
  ];
}
