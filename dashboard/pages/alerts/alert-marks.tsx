import type { JSX } from 'preact';
import type { BoardAlert } from '../../../core/answers/alert-board.ts';
import { formatValue, unitOf } from '../../format/unit.ts';
import { t } from '../../i18n/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { Since, Time } from '../../ui/time.tsx';
import { sinceOf } from './board-view.ts';
import { ALERTS } from './messages.ts';

type Marked = Pick<
  BoardAlert,
  | 'noDataSinceMs'
  | 'flapping'
  | 'silencedBy'
  | 'inhibitedBy'
  | 'mutedBy'
  | 'acknowledgement'
  | 'keepFiringSinceMs'
>;

/** What is special about an alert: in words, the colours only help. */
export function AlertMarks({ alert }: { readonly alert: Marked }): JSX.Element {
  const { noDataSinceMs, flapping, acknowledgement, keepFiringSinceMs } = alert;
  return (
    <>
      {noDataSinceMs !== undefined && (
        <Badge tone="warning">
          {t(ALERTS.noData)} <Time ms={noDataSinceMs} />
        </Badge>
      )}
      {flapping !== undefined && (
        <Badge tone="warning">
          {t(ALERTS.flapping, flapping.times)} <Time ms={flapping.sinceMs} />
        </Badge>
      )}
      {alert.silencedBy.length > 0 && <Badge>{t(ALERTS.silenced)}</Badge>}
      {alert.inhibitedBy.length > 0 && <Badge>{t(ALERTS.inhibited)}</Badge>}
      {alert.mutedBy.length > 0 && <Badge>{t(ALERTS.mutedBy, alert.mutedBy.join(', '))}</Badge>}
      {keepFiringSinceMs !== undefined && <Badge>{t(ALERTS.keeps)}</Badge>}
      {acknowledgement !== undefined && (
        <Badge tone="good">
          {t(ALERTS.ackBy, acknowledgement.by)} <Time ms={acknowledgement.untilMs} />
        </Badge>
      )}
    </>
  );
}

/** How long it has been so, since when, and the value that its rule saw. */
export function AlertTimes({ alert }: { readonly alert: BoardAlert }): JSX.Element {
  const { state, value, metric, noDataSinceMs } = alert;
  const sinceMs = sinceOf(alert);
  const shown = valueText(value, metric);
  return (
    <p class="alert-times">
      <span>
        {t(state === 'resolved' ? ALERTS.over : ALERTS.for)} <Since ms={sinceMs} />
      </span>
      <Time ms={sinceMs} />
      {shown !== undefined && (
        <span>{t(noDataSinceMs === undefined ? ALERTS.value : ALERTS.lastValue, shown)}</span>
      )}
    </p>
  );
}

/** In the unit that the metric's name says; `undefined` where the value says nothing, as that of a state. */
function valueText(value: number | string, metric: string | undefined): string | undefined {
  const unit = unitOf(metric ?? '');
  if (unit === 'state' || unit === 'info') return undefined;
  return typeof value === 'string' ? value : formatValue(value, unit);
}
