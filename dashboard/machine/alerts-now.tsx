import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { AlertBoard, BoardAlert } from '../../core/answers/alert-board.ts';
import type { Polled } from '../api/poll.ts';
import { Link } from '../app/link.tsx';
import { t } from '../i18n/language.ts';
import { Badge } from '../ui/badge.tsx';
import { Card } from '../ui/card.tsx';
import { Skeleton } from '../ui/loading.tsx';
import { Problem } from '../ui/problem.tsx';
import { Severity } from '../ui/state.tsx';
import { Since } from '../ui/time.tsx';
import { MACHINE } from './messages.ts';

interface AlertsNowProps {
  readonly alerts: Polled<AlertBoard>;
  /** Matchers of what they are about, for the page of all alerts. */
  readonly filter: string;
}

/** More would push the charts out of sight: they are behind a button. */
const SHOWN_FIRST = 3;

/** What fires and what is about to, of one machine. */
export function AlertsNow({ alerts, filter }: AlertsNowProps): JSX.Element {
  const { data, failure, refresh, atMs } = alerts;
  const [isWhole, setWhole] = useState(false);
  const active = (data?.alerts ?? []).filter(({ state }) => state !== 'resolved');
  return (
    <Card
      title={t(MACHINE.alertsNow)}
      actions={
        <Link to="alerts" query={{ filter }}>
          {t(MACHINE.allAlerts)}
        </Link>
      }
    >
      {failure !== undefined && <Problem failure={failure} staleMs={atMs} retry={refresh} />}
      {data === undefined && failure === undefined && <Skeleton lines={2} />}
      {data !== undefined && active.length === 0 && (
        <p class="machine-quiet">{t(MACHINE.noAlerts)}</p>
      )}
      <ul class="alerts-now">
        {active.slice(0, isWhole ? active.length : SHOWN_FIRST).map((alert) => (
          <AlertRow key={alert.fingerprint} alert={alert} />
        ))}
      </ul>
      {active.length > SHOWN_FIRST && (
        <button
          type="button"
          class="chart-link"
          aria-expanded={isWhole}
          onClick={() => setWhole(!isWhole)}
        >
          {isWhole ? t(MACHINE.fewer) : t(MACHINE.more, active.length - SHOWN_FIRST)}
        </button>
      )}
    </Card>
  );
}

function AlertRow({ alert }: { readonly alert: BoardAlert }): JSX.Element {
  const { labels, annotations, state, firedAtMs, activeAtMs } = alert;
  const name = labels['alertname'] ?? '';
  return (
    <li class="alerts-now-one">
      <Severity severity={labels['severity'] ?? ''} />
      <Link to="alerts" query={{ alert: alert.fingerprint }} class="alerts-now-what">
        {annotations['summary'] ?? name}
      </Link>
      <span class="machine-quiet">
        {name} · {t(state === 'firing' ? MACHINE.firing : MACHINE.pending)} {t(MACHINE.since)}{' '}
        <Since ms={firedAtMs ?? activeAtMs} />
      </span>
      {alert.silencedBy.length > 0 && <Badge>{t(MACHINE.silenced)}</Badge>}
      {alert.inhibitedBy.length + alert.mutedBy.length > 0 && <Badge>{t(MACHINE.muted)}</Badge>}
    </li>
  );
}
