import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { t } from '../../i18n/language.ts';
import { type KnownMetric, knownMetrics, searchMetrics } from '../../promql/known-metrics.ts';
import { Badge } from '../../ui/badge.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Empty } from '../../ui/empty.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { GRAPH } from './messages.ts';

interface MetricBrowserProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onChoose: (name: string) => void;
}

/** All metrics with their meaning: those of the catalogue, and what others send here. */
export function MetricBrowser({ open, onClose, onChoose }: MetricBrowserProps): JSX.Element {
  return (
    <Dialog open={open} onClose={onClose} title={t(GRAPH.browseTitle)} wide>
      {open && <Metrics onChoose={onChoose} />}
    </Dialog>
  );
}

function Metrics({ onChoose }: Pick<MetricBrowserProps, 'onChoose'>): JSX.Element {
  const [words, setWords] = useState('');
  const seen = useSeen();
  const all = useMemo(() => {
    const known = [...knownMetrics().values()];
    const names = new Set(known.map(({ name }) => name));
    const others = [...(seen ?? [])]
      .filter((name) => !names.has(name))
      .map((name): KnownMetric => ({ name, unit: '', help: t(GRAPH.sent), labels: [] }));
    // What nobody sends here is of little use.
    const isSeen = ({ name }: KnownMetric) => seen?.has(name) ?? true;
    return [...known.filter(isSeen), ...others, ...known.filter((metric) => !isSeen(metric))];
  }, [seen]);
  const found = searchMetrics(words, all);
  return (
    <div class="stack">
      <TextField
        label={t(GRAPH.browseFind)}
        type="search"
        value={words}
        onChange={setWords}
        onEnter={() => found[0] !== undefined && onChoose(found[0].name)}
      />
      <p class="quiet small" role="status">
        {t(GRAPH.browseCount, found.length)}
      </p>
      {found.length === 0 && <Empty title={t(GRAPH.browseNone)}>{t(GRAPH.browseNoneText)}</Empty>}
      <ul class="graph-list">
        {found.map((metric) => (
          <li key={metric.name}>
            <button type="button" class="graph-metric" onClick={() => onChoose(metric.name)}>
              <span class="graph-metric-name">
                <code>{metric.name}</code>
                {metric.unit !== '' && <Badge>{metric.unit}</Badge>}
                {seen?.has(metric.name) === false && (
                  <span class="quiet small">{t(GRAPH.notSeen)}</span>
                )}
              </span>
              <span class="graph-metric-help">{metric.help}</span>
              {metric.labels.length > 0 && (
                <span class="quiet small">
                  {t(GRAPH.labels)}: {metric.labels.join(', ')}
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Names that series of the last minutes have; `undefined` until they are known. */
function useSeen(): ReadonlySet<string> | undefined {
  const [seen, setSeen] = useState<ReadonlySet<string>>();
  useEffect(() => {
    let isGone = false;
    const look = async () => {
      const { deploymentNames } = await import('../../promql/deployment-names.ts');
      const found = await deploymentNames().lookUpMetrics();
      if (!isGone) setSeen(found);
    };
    // Without an answer the catalogue is shown.
    look().catch(() => {});
    return () => {
      isGone = true;
    };
  }, []);
  return seen;
}
