import type { JSX } from 'preact';
import type { FleetAlert } from '../../../core/answers/fleet.ts';
import { Link } from '../../app/link.tsx';
import { formatValue } from '../../format/unit.ts';
import { t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { VmState } from '../../ui/state.tsx';
import { AlertLine } from './alert-line.tsx';
import type { Look } from './card.tsx';
import { sinceText } from './cell-text.ts';
import { OVERVIEW } from './messages.ts';
import type { Vm } from './world.ts';

/** Of one VM's alerts so many are named; all are on its page. */
const ALERTS_SHOWN = 3;

interface DetailsProps {
  readonly vm: Vm;
  readonly look: Look;
  readonly alerts: readonly FleetAlert[];
  /** A finger opened it, which can't point without pressing: so there is a button for what a click does. */
  readonly isTouched: boolean;
  readonly onClose: () => void;
}

/** What is known of a VM, beside its cell. */
export function Details({ vm, look, alerts, isTouched, onClose }: DetailsProps): JSX.Element {
  const { name, host, state, sinceS, told, muted, value, index } = vm;
  const { heat, ids } = look;
  const uuid = ids?.[index];
  const own = alerts.filter((alert) =>
    alert.uuid === undefined
      ? alert.vm === name && alert.host === host
      : uuid === undefined
        ? alert.vm === name
        : alert.uuid === uuid,
  );
  return (
    <>
      <p class="overview-details-name">{name}</p>
      <p class="overview-details-state">
        <VmState state={state} />
        {sinceS > 0 && <span class="quiet"> {sinceText(sinceS)}</span>}
      </p>
      {heat !== undefined && (
        <p>
          {heat.name}:{' '}
          <strong class="numeric">
            {value === undefined ? t(OVERVIEW.noData) : formatValue(value, heat.scale.unit)}
          </strong>
        </p>
      )}
      <p>
        <Link to="host" query={{ name: host }}>
          {t(OVERVIEW.onHost, host)}
        </Link>
      </p>
      {own.slice(0, ALERTS_SHOWN).map((alert) => (
        <AlertLine key={alert.fingerprint} alert={alert} brief />
      ))}
      {told > Math.min(own.length, ALERTS_SHOWN) && <p>{t(OVERVIEW.alerts, told)}</p>}
      {muted > 0 && <p class="quiet">{t(OVERVIEW.muted, muted)}</p>}
      {isTouched && (
        <div class="overview-details-actions">
          {uuid !== undefined && (
            <Link to="vm" query={{ uuid }} class="button button-primary overview-button">
              {t(OVERVIEW.openVm)}
            </Link>
          )}
          <Button onClick={onClose}>{t(OVERVIEW.close)}</Button>
        </div>
      )}
    </>
  );
}
