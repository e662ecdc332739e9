import type { JSX } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { useQuery } from '../../app/router.ts';
import { t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { LinkIcon, PlusIcon } from '../../ui/icons.tsx';
import { PageFrame } from '../../ui/page.tsx';
import { toast } from '../../ui/toast.ts';
import { FIRST_PANEL, PANELS_MOST, type PanelState, readPanels, writePanels } from './address.ts';
import './graph.css';
import { GRAPH } from './messages.ts';
import { Panel } from './panel.tsx';

/** Explore: what expressions give, as graphs and tables. All that is asked stands in the address. */
export function Page(): JSX.Element {
  const [query, change] = useQuery();
  const panels = useMemo(() => readPanels(query), [query]);
  const keys = useKeys(panels.length);
  const put = (next: readonly PanelState[]) => change(writePanels(query, next));
  const [first] = panels;
  const asked = first?.expr.trim() ?? '';
  return (
    <PageFrame
      title={t(GRAPH.title)}
      {...(asked === '' ? {} : { documentTitle: `${asked.slice(0, 80)} · ${t(GRAPH.title)}` })}
      actions={
        <Button icon={<LinkIcon />} onClick={() => void copyLink()}>
          {t(GRAPH.share)}
        </Button>
      }
    >
      {panels.map((panel, i) => (
        <Panel
          key={keys.current[i]}
          panel={panel}
          label={panels.length === 1 ? t(GRAPH.expression) : t(GRAPH.expressionNumber, i + 1)}
          isAlone={panels.length === 1}
          onChange={(next) => put(panels.with(i, next))}
          onDuplicate={
            panels.length >= PANELS_MOST
              ? undefined
              : (draft) => {
                  keys.add(i + 1);
                  put(panels.toSpliced(i + 1, 0, draft));
                }
          }
          onRemove={() => {
            keys.remove(i);
            put(panels.toSpliced(i, 1));
          }}
        />
      ))}
      <div>
        <Button
          icon={<PlusIcon />}
          reason={panels.length >= PANELS_MOST ? t(GRAPH.addMost, PANELS_MOST) : undefined}
          onClick={() => put([...panels, { ...FIRST_PANEL, ...timeOf(panels.at(-1)) }])}
        >
          {t(GRAPH.add)}
        </Button>
      </div>
    </PageFrame>
  );
}

/** What is beside another is about the same time. */
function timeOf(panel: PanelState | undefined): Partial<PanelState> {
  if (panel === undefined) return {};
  const { rangeMs, endMs } = panel;
  return { rangeMs, ...(endMs === undefined ? {} : { endMs }) };
}

async function copyLink(): Promise<void> {
  try {
    await navigator.clipboard.writeText(location.href);
    toast(t(GRAPH.linkCopied));
  } catch {
    toast(t(GRAPH.shareFailed), 'warning');
  }
}

/** Panels stay themselves when one before them goes or comes. */
function useKeys(count: number) {
  const next = useRef(0);
  const current = useRef<number[]>([]);
  while (current.current.length < count) current.current.push(next.current++);
  current.current.length = count;
  return {
    current: current.current,
    add: (at: number) => current.current.splice(at, 0, next.current++),
    remove: (at: number) => current.current.splice(at, 1),
  };
}
