import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { AlertBand } from '../chart/bands.ts';
import { type Lane, StateTimeline } from '../chart/state-timeline.tsx';
import type { TimeRange } from '../chart/use-time-range.ts';
import { t } from '../i18n/language.ts';
import { Card } from '../ui/card.tsx';
import { MACHINE } from './messages.ts';

interface AlertTimesProps {
  readonly bands: readonly AlertBand[];
  readonly range: TimeRange;
}

/** More rows push the charts out of sight; the page of alerts has them all. */
const LANES_MOST = 8;

/** When alerts of a machine were pending and firing, a row each; nothing where there were none. */
export function AlertTimes({ bands, range }: AlertTimesProps): JSX.Element | null {
  const lanes = useMemo(() => lanesOf(bands), [bands]);
  if (lanes.length === 0) return null;
  return (
    <Card title={t(MACHINE.alertTimes)}>
      <StateTimeline
        title={t(MACHINE.alertTimes)}
        lanes={lanes.slice(0, LANES_MOST)}
        range={range.span}
        onZoom={range.zoom}
        syncKey="machine"
        emptyText={t(MACHINE.noAlerts)}
      />
    </Card>
  );
}

/** Those that fired longest first. */
function lanesOf(bands: readonly AlertBand[]): Lane[] {
  const byAlert = new Map<string, AlertBand[]>();
  for (const band of bands) {
    const key = laneLabel(band);
    byAlert.set(key, [...(byAlert.get(key) ?? []), band]);
  }
  return [...byAlert]
    .sort(([, a], [, b]) => firedMs(b) - firedMs(a))
    .map(([label, of]) => ({
      label,
      segments: of.map(({ fromMs, toMs, state, severity }) => {
        const isPending = state === 'pending';
        const look = severity === 'critical' || severity === 'info' ? severity : 'warning';
        return {
          fromMs,
          toMs,
          look,
          isPending,
          text: t(isPending ? MACHINE.pending : MACHINE.firing),
        };
      }),
    }));
}

function laneLabel({ alertname, labels }: AlertBand): string {
  const { vm, device, mountpoint } = labels as Readonly<Record<string, string | undefined>>;
  return [alertname, vm, device ?? mountpoint].filter(Boolean).join(' · ');
}

function firedMs(bands: readonly AlertBand[]): number {
  return bands.reduce(
    (sum, { state, fromMs, toMs }) => sum + (state === 'firing' ? toMs - fromMs : 0),
    0,
  );
}
