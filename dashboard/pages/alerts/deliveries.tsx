import type { AlertExplanation, ExplainedDelivery } from '../../../core/answers/explain.ts';
import { t } from '../../i18n/language.ts';
import { Empty } from '../../ui/empty.tsx';
import { State, type Tone } from '../../ui/state.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { targetText } from './story.tsx';
import { RESULTS, WHY } from './why-messages.ts';

const TONES: Readonly<Record<ExplainedDelivery['result'], Tone>> = {
  accepted: 'good',
  failed: 'warning',
  gave_up: 'critical',
  waiting: 'info',
};

/** Each message about an alert and what became of it, the newest first. */
export function Deliveries({ explanation }: { readonly explanation: AlertExplanation }) {
  const { deliveries, isDeliveriesCut } = explanation;
  if (deliveries.length === 0) return <Empty title={t(WHY.noDeliveries)} />;
  return (
    <>
      <Table
        label={t(WHY.deliveries)}
        columns={columns()}
        rows={deliveries}
        rowKey={({ notificationId }) => notificationId}
      />
      {isDeliveriesCut && <p class="quiet alert-note">{t(WHY.cut)}</p>}
    </>
  );
}

function columns(): Column<ExplainedDelivery>[] {
  return [
    {
      id: 'at',
      title: t(WHY.sentAt),
      cell: ({ endedAtMs, decidedAtMs }) => <Time ms={endedAtMs ?? decidedAtMs} />,
    },
    { id: 'to', title: t(WHY.to), cell: ({ receiver }) => receiver, heads: true },
    { id: 'by', title: t(WHY.by), cell: (delivery) => targetText(delivery) },
    { id: 'said', title: t(WHY.said), cell: saidText },
    {
      id: 'result',
      title: t(WHY.result),
      cell: ({ result, reason }) => (
        <span>
          <State tone={TONES[result]} text={t(RESULTS[result])} />
          {result !== 'accepted' && reason !== '' && <span class="alert-reason"> {reason}</span>}
        </span>
      ),
    },
    { id: 'tries', title: t(WHY.tries), cell: ({ tries }) => String(tries), numeric: true },
  ];
}

function saidText({ told, repeated, others }: ExplainedDelivery): string {
  const said = told === 'resolved' ? WHY.saidResolved : repeated ? WHY.saidAgain : WHY.saidFiring;
  return others === 0 ? t(said) : `${t(said)} · ${t(WHY.withOthers, others)}`;
}
