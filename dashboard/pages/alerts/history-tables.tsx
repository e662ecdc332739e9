import type { JSX } from 'preact';
import type { AlertHistory, PastAlert, RuleHistory } from '../../../core/answers/alert-history.ts';
import { Link } from '../../app/link.tsx';
import { formatDuration } from '../../format/duration.ts';
import { t } from '../../i18n/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { Severity } from '../../ui/state.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Tooltip } from '../../ui/tooltip.tsx';
import { titleOf } from './board-view.ts';
import { HISTORY, NOISE, NOISE_MORE } from './history-messages.ts';

interface RuleTableProps {
  readonly history: AlertHistory;
  readonly choose: (rule: RuleHistory) => void;
}

/** Rules with how often, how long, and what makes them a nuisance. */
export function RuleTable({ history, choose }: RuleTableProps): JSX.Element {
  return (
    <Table
      label={t(HISTORY.rules)}
      columns={ruleColumns(history, choose)}
      rows={history.rules}
      rowKey={({ name }) => name}
    />
  );
}

function ruleColumns(
  history: AlertHistory,
  choose: RuleTableProps['choose'],
): Column<RuleHistory>[] {
  return [
    {
      id: 'rule',
      title: t(HISTORY.rule),
      heads: true,
      sort: ({ name }) => name,
      cell: (rule) => (
        <button type="button" class="history-rule" onClick={() => choose(rule)}>
          {rule.name}
        </button>
      ),
    },
    {
      id: 'severity',
      title: t(HISTORY.severity),
      cell: ({ severity }) => severity !== '' && <Severity severity={severity} />,
    },
    {
      id: 'when',
      title: t(HISTORY.when),
      cell: ({ perBucket }) => <Bars counts={perBucket} bucketMs={history.bucketMs} />,
    },
    {
      id: 'fired',
      title: t(HISTORY.fired),
      numeric: true,
      sort: ({ fired }) => fired,
      cell: ({ fired, alerts }) => (
        <span title={t(HISTORY.ofAlerts, alerts)}>{fired.toLocaleString('en')}</span>
      ),
    },
    {
      id: 'firing',
      title: t(HISTORY.firingFor),
      numeric: true,
      sort: ({ firingMs }) => firingMs,
      cell: ({ firingMs }) => formatDuration(firingMs),
    },
    {
      id: 'median',
      title: t(HISTORY.median),
      numeric: true,
      sort: ({ medianMs }) => medianMs,
      cell: ({ medianMs }) => (medianMs === undefined ? '–' : formatDuration(medianMs)),
    },
    {
      id: 'messages',
      title: t(HISTORY.messages),
      numeric: true,
      sort: ({ notifications }) => notifications,
      cell: ({ notifications }) => notifications.toLocaleString('en'),
    },
    { id: 'noise', title: t(HISTORY.noise), cell: (rule) => <NoiseMarks rule={rule} /> },
  ];
}

/** Reachable by keyboard: what it means is said on focus, too. */
const REACHABLE = { tabIndex: 0 };

function NoiseMarks({ rule }: { readonly rule: RuleHistory }) {
  const counts = { flapping: rule.flaps, short: rule.short, often: rule.fired };
  return (
    <span class="row">
      {rule.noise.map((noise) => (
        <Tooltip key={noise} text={t(NOISE_MORE[noise], counts[noise])}>
          <span {...REACHABLE}>
            <Badge tone="warning">{t(NOISE[noise])}</Badge>
          </span>
        </Tooltip>
      ))}
    </span>
  );
}

const BAR_HEIGHT = 24;
const BARS_WIDTH = 120;
const HOUR_MS = 3_600_000;

/** A bar for each hour or day; its number is in words beside it for whoever does not see it. */
function Bars({ counts, bucketMs }: { counts: readonly number[]; bucketMs: number }) {
  const most = Math.max(1, ...counts);
  const width = BARS_WIDTH / counts.length;
  const per = t(bucketMs === HOUR_MS ? HISTORY.hour : HISTORY.day);
  const text = t(HISTORY.bars, Math.max(0, ...counts), per);
  return (
    <svg
      class="history-bars"
      width={BARS_WIDTH}
      height={BAR_HEIGHT}
      viewBox={`0 0 ${BARS_WIDTH} ${BAR_HEIGHT}`}
      role="img"
      aria-label={text}
    >
      <title>{text}</title>
      {counts.map((count, i) => {
        const height = count === 0 ? 1 : Math.max(3, (count / most) * BAR_HEIGHT);
        return (
          <rect
            // A bar is known by its place.
            key={String(i)}
            class={count === 0 ? 'history-none' : 'history-bar'}
            x={i * width}
            y={BAR_HEIGHT - height}
            width={Math.max(0.5, width - Math.min(1, width / 4))}
            height={height}
          />
        );
      })}
    </svg>
  );
}

/** Alerts that were, the newest first. */
export function PastTable({ alerts }: { readonly alerts: readonly PastAlert[] }): JSX.Element {
  return (
    <Table
      label={t(HISTORY.past)}
      columns={pastColumns()}
      rows={alerts}
      rowKey={({ fingerprint, activeAtMs }) => `${fingerprint} ${activeAtMs}`}
    />
  );
}

function lastedText(firedAtMs: number | undefined, endedAtMs: number | undefined): string {
  if (endedAtMs === undefined)
    return t(firedAtMs === undefined ? HISTORY.isPending : HISTORY.goesOn);
  return firedAtMs === undefined ? t(HISTORY.neverFired) : formatDuration(endedAtMs - firedAtMs);
}

function pastColumns(): Column<PastAlert>[] {
  return [
    {
      id: 'alert',
      title: t(HISTORY.alert),
      heads: true,
      cell: ({ labels, fingerprint, activeAtMs, endedAtMs }) => (
        <Link
          to="alerts"
          query={{
            alert: fingerprint,
            at: endedAtMs === undefined ? undefined : String(activeAtMs),
          }}
        >
          {titleOf(labels)}
        </Link>
      ),
    },
    {
      id: 'severity',
      title: t(HISTORY.severity),
      cell: ({ labels }) =>
        labels['severity'] !== undefined && <Severity severity={labels['severity']} />,
    },
    {
      id: 'began',
      title: t(HISTORY.began),
      cell: ({ activeAtMs, firedAtMs }) => <Time ms={firedAtMs ?? activeAtMs} />,
    },
    {
      id: 'lasted',
      title: t(HISTORY.lasted),
      numeric: true,
      cell: ({ firedAtMs, endedAtMs }) => lastedText(firedAtMs, endedAtMs),
    },
    {
      id: 'messages',
      title: t(HISTORY.messages),
      numeric: true,
      cell: ({ notifications }) => String(notifications),
    },
  ];
}
