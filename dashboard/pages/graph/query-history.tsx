import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Empty } from '../../ui/empty.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { Time } from '../../ui/time.tsx';
import { forgetQueries, pastQueries } from './history.ts';
import { GRAPH } from './messages.ts';

interface QueryHistoryProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onChoose: (expr: string) => void;
}

/** What was asked on this device before. */
export function QueryHistory({ open, onClose, onChoose }: QueryHistoryProps): JSX.Element {
  return (
    <Dialog open={open} onClose={onClose} title={t(GRAPH.historyTitle)} wide>
      {open && <Past onClose={onClose} onChoose={onChoose} />}
    </Dialog>
  );
}

function Past({ onClose, onChoose }: Pick<QueryHistoryProps, 'onClose' | 'onChoose'>): JSX.Element {
  const [words, setWords] = useState('');
  const past = pastQueries();
  if (past.length === 0)
    return <Empty title={t(GRAPH.historyEmpty)}>{t(GRAPH.historyEmptyText)}</Empty>;
  const wanted = words.toLowerCase().split(/\s+/);
  const found = past.filter(({ expr }) =>
    wanted.every((word) => expr.toLowerCase().includes(word)),
  );
  return (
    <div class="stack">
      <TextField label={t(GRAPH.find)} type="search" value={words} onChange={setWords} />
      <ul class="graph-list">
        {found.map(({ expr, atMs }) => (
          <li key={expr} class="graph-past">
            <button type="button" class="graph-example" onClick={() => onChoose(expr)}>
              <code>{expr}</code>
            </button>
            <span class="quiet small">
              <Time ms={atMs} relative />
            </span>
          </li>
        ))}
      </ul>
      <div class="row">
        <Button
          onClick={() => {
            forgetQueries();
            onClose();
          }}
        >
          {t(GRAPH.forget)}
        </Button>
        <span class="quiet small">{t(GRAPH.historyEmptyText)}</span>
      </div>
    </div>
  );
}
