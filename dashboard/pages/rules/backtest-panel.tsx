import type { JSX } from 'preact';
import type { BacktestAnswer, BacktestEpisode } from '../../../core/answers/rules.ts';
import type { ApiFailure } from '../../api/failure.ts';
import { formatDuration } from '../../format/duration.ts';
import { t } from '../../i18n/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { PlayIcon } from '../../ui/icons.tsx';
import { Problem } from '../../ui/problem.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { backtestWords, firedForMs } from './backtest-views.ts';
import { LabelBadges } from './detail.tsx';
import { BACKTEST } from './messages.ts';

interface BacktestPanelProps {
  readonly run: () => void;
  readonly isRunning: boolean;
  readonly answer: BacktestAnswer | undefined;
  readonly failure: ApiFailure | undefined;
  /** The rule is another one by now. */
  readonly isOutdated: boolean;
}

const SHOWN = 50;

/** What the rule would have done, before it is saved. */
export function BacktestPanel(props: BacktestPanelProps): JSX.Element {
  const { run, isRunning, answer, failure, isOutdated } = props;
  return (
    <section class="rules-backtest" aria-label={t(BACKTEST.title)}>
      <div class="rules-backtest-head">
        <div>
          <h2 class="rules-backtest-title">{t(BACKTEST.title)}</h2>
          <p class="rules-note">{t(BACKTEST.help)}</p>
        </div>
        <Button kind="primary" icon={<PlayIcon />} busy={isRunning} onClick={run}>
          {t(BACKTEST.run)}
        </Button>
      </div>
      <div role="status">
        {answer !== undefined && (
          <div class={isOutdated ? 'rules-backtest-words rules-outdated' : 'rules-backtest-words'}>
            {isOutdated && <p class="rules-warning">{t(BACKTEST.outdated)}</p>}
            {backtestWords(answer).map((words, i) => (
              <p key={i} class={i === 0 ? 'rules-backtest-first' : undefined}>
                {words}
              </p>
            ))}
            {answer.cut !== undefined && <p class="rules-warning">{t(BACKTEST.cut, answer.cut)}</p>}
            {answer.proposed.error !== undefined && (
              <p class="rules-warning">{t(BACKTEST.failed, answer.proposed.error)}</p>
            )}
            {answer.warnings.map((line) => (
              <p key={line} class="rules-warning">
                {line}
              </p>
            ))}
          </div>
        )}
      </div>
      {failure !== undefined && <Problem failure={failure} retry={run} />}
      {answer !== undefined && answer.proposed.episodes.length > 0 && <Episodes answer={answer} />}
      {answer !== undefined && (
        <p class="rules-note">
          {t(BACKTEST.cost, answer.readUnits, (answer.tookMs / 1000).toFixed(1))}
        </p>
      )}
    </section>
  );
}

function Episodes({ answer }: { readonly answer: BacktestAnswer }): JSX.Element {
  const { proposed, toMs } = answer;
  const all = [...proposed.episodes].reverse();
  const more = proposed.episodesLeftOut + Math.max(0, all.length - SHOWN);
  const columns: readonly Column<BacktestEpisode>[] = [
    {
      id: 'labels',
      title: t(BACKTEST.labels),
      heads: true,
      cell: ({ labels }) => <LabelBadges labels={labels} />,
    },
    {
      id: 'pending',
      title: t(BACKTEST.pendingFrom),
      cell: ({ pendingFromMs }) => <Time ms={pendingFromMs} />,
      sort: ({ pendingFromMs }) => pendingFromMs,
    },
    {
      id: 'firing',
      title: t(BACKTEST.firingFrom),
      cell: ({ firingFromMs }) =>
        firingFromMs === undefined ? (
          <span class="quiet">{t(BACKTEST.notFired)}</span>
        ) : (
          <Time ms={firingFromMs} />
        ),
      sort: ({ firingFromMs }) => firingFromMs,
    },
    {
      id: 'lasted',
      title: t(BACKTEST.lasted),
      numeric: true,
      cell: (episode) => {
        const ms = firedForMs(episode, toMs);
        if (ms === undefined) return '–';
        return (
          <>
            {formatDuration(ms)}{' '}
            {episode.untilMs === undefined && <Badge tone="critical">{t(BACKTEST.still)}</Badge>}
          </>
        );
      },
      sort: (episode) => firedForMs(episode, toMs),
    },
  ];
  return (
    <details class="rules-episodes">
      <summary>
        {t(BACKTEST.alerts)} ({all.length + proposed.episodesLeftOut})
      </summary>
      <Table
        label={t(BACKTEST.alerts)}
        columns={columns}
        rows={all.slice(0, SHOWN)}
        rowKey={({ labels, pendingFromMs }) => `${JSON.stringify(labels)} ${pendingFromMs}`}
      />
      {more > 0 && <p class="rules-note">{t(BACKTEST.leftOut, more)}</p>}
    </details>
  );
}
