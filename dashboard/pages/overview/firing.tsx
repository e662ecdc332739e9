import type { JSX } from 'preact';
import { FLEET_SEVERITIES, type FleetAlerts } from '../../../core/answers/fleet.ts';
import { Link } from '../../app/link.tsx';
import { t } from '../../i18n/language.ts';
import { ToneShape } from '../../ui/state.tsx';
import { AlertLine } from './alert-line.tsx';
import { OVERVIEW, SEVERITY_TEXTS } from './messages.ts';

interface FiringProps {
  /** `undefined`: who asks may not see alerts. */
  readonly alerts: FleetAlerts | undefined;
  /** Beside the fleet there is room for the list; above it, it is opened by hand, so that nothing moves by itself. */
  readonly isWide: boolean;
}

/** What fires, and since when. */
export function Firing({ alerts, isWide }: FiringProps): JSX.Element {
  const body = alerts === undefined ? null : <List alerts={alerts} />;
  if (isWide)
    return (
      <aside class="overview-firing overview-firing-wide" aria-labelledby="overview-firing">
        <h2 id="overview-firing">
          <Counts alerts={alerts} />
        </h2>
        {body}
      </aside>
    );
  return (
    <details class="overview-firing">
      <summary>
        <Counts alerts={alerts} />
      </summary>
      {body}
    </details>
  );
}

function Counts({ alerts }: Pick<FiringProps, 'alerts'>): JSX.Element {
  if (alerts === undefined) return <span class="quiet">{t(OVERVIEW.firingHidden)}</span>;
  const { counts } = alerts;
  const present = FLEET_SEVERITIES.filter((severity) => counts[severity] > 0);
  return (
    <span class="overview-counts">
      {present.length === 0 ? (
        <span>
          <ToneShape tone="good" /> {t(OVERVIEW.firingNone)}
        </span>
      ) : (
        <span>{t(OVERVIEW.firing)}</span>
      )}
      {present.map((severity) => (
        <span key={severity} class={`tone-${severity} numeric`}>
          <ToneShape tone={severity} /> {t(SEVERITY_TEXTS[severity], counts[severity])}
        </span>
      ))}
      {counts.muted > 0 && (
        <span class="quiet numeric">{t(SEVERITY_TEXTS.muted, counts.muted)}</span>
      )}
    </span>
  );
}

function List({ alerts }: { readonly alerts: FleetAlerts }): JSX.Element {
  const { top, counts } = alerts;
  const all = counts.critical + counts.warning + counts.info + counts.muted;
  return (
    <div class="overview-alerts">
      {top.map((alert) => (
        <AlertLine key={alert.fingerprint} alert={alert} />
      ))}
      <p class="small">
        {all > top.length && `${t(OVERVIEW.moreAlerts, all - top.length)} · `}
        <Link to="alerts">{t(OVERVIEW.allAlerts)}</Link>
      </p>
    </div>
  );
}
