import type { JSX } from 'preact';
import type { FleetAlert } from '../../../core/answers/fleet.ts';
import { Link } from '../../app/link.tsx';
import { t } from '../../i18n/language.ts';
import { ToneShape } from '../../ui/state.tsx';
import { Since } from '../../ui/time.tsx';
import { OVERVIEW } from './messages.ts';

interface AlertLineProps {
  readonly alert: FleetAlert;
  /** Without what it is about, which stands above it. */
  readonly brief?: boolean;
}

/** One alert: how bad, what, of which VM or host, and since when. */
export function AlertLine({ alert, brief = false }: AlertLineProps): JSX.Element {
  const { fingerprint, name, severity, summary, sinceMs, host, vm, uuid } = alert;
  return (
    <div class={alert.isMuted === true ? 'overview-alert quiet' : 'overview-alert'}>
      <ToneShape tone={alert.isMuted === true ? 'quiet' : severity} size={12} />
      <div class="overview-alert-text">
        <Link to="alerts" query={{ alert: fingerprint }} class="overview-alert-link">
          {summary === '' ? name : summary}
        </Link>
        <p class="small quiet">
          {!brief && <Subject {...{ host, vm, uuid }} />}
          <Since ms={sinceMs} />
          {alert.isAcknowledged === true && ` · ${t(OVERVIEW.acknowledged)}`}
          {alert.noDataSinceMs !== undefined && ` · ${t(OVERVIEW.silent)}`}
        </p>
      </div>
    </div>
  );
}

interface SubjectProps {
  readonly host: string | undefined;
  readonly vm: string | undefined;
  readonly uuid: string | undefined;
}

function Subject({ host, vm, uuid }: SubjectProps): JSX.Element | null {
  if (vm !== undefined && uuid !== undefined)
    return (
      <>
        <Link to="vm" query={{ uuid }}>
          {vm}
        </Link>
        {' · '}
      </>
    );
  if (host === undefined) return null;
  return (
    <>
      <Link to="host" query={{ name: host }}>
        {host}
      </Link>
      {' · '}
    </>
  );
}
