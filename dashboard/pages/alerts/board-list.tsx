import type { JSX } from 'preact';
import type { AlertBoard, BoardAlert } from '../../../core/answers/alert-board.ts';
import { t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Empty } from '../../ui/empty.tsx';
import { AlertRow } from './alert-row.tsx';
import { type BoardView, groupsOf, type ToldGroup } from './board-view.ts';
import { GroupActs } from './group-acts.tsx';
import { ALERTS, EMPTY, EMPTY_MORE } from './messages.ts';

interface BoardListProps {
  readonly view: BoardView;
  readonly board: AlertBoard;
  readonly filter: string;
  readonly clear: () => void;
}

/** The alerts of a view, in the groups in which people are told of them. */
export function BoardList({ view, board, filter, clear }: BoardListProps): JSX.Element {
  const groups = groupsOf(view, board.alerts);
  if (groups.length === 0)
    return filter.trim() === '' ? (
      <Empty title={t(EMPTY[view])}>{t(EMPTY_MORE[view])}</Empty>
    ) : (
      <Empty
        title={t(EMPTY_MORE.filtered)}
        action={<Button onClick={clear}>{t(EMPTY_MORE.clear)}</Button>}
      />
    );
  return (
    <div class="stack">
      {withSingles(groups).map((part) =>
        Array.isArray(part) ? (
          <Singles key={`alone ${part[0]?.fingerprint}`} alerts={part} />
        ) : (
          <Group key={part.key} group={part} />
        ),
      )}
      {board.alertsLeftOut > 0 && <p class="quiet">{t(ALERTS.leftOut, board.alertsLeftOut)}</p>}
    </div>
  );
}

/** Alerts that are alone in their groups and follow each other stand together: a heading of each would say no more. */
function withSingles(groups: readonly ToldGroup[]): (ToldGroup | BoardAlert[])[] {
  const parts: (ToldGroup | BoardAlert[])[] = [];
  for (const group of groups) {
    const last = parts.at(-1);
    if (group.alerts.length > 1) parts.push(group);
    else if (Array.isArray(last)) last.push(...group.alerts);
    else parts.push([...group.alerts]);
  }
  return parts;
}

function Singles({ alerts }: { readonly alerts: readonly BoardAlert[] }) {
  return (
    <Card flush class="alert-group">
      {alerts.map((alert) => (
        <AlertRow key={alert.fingerprint} alert={alert} />
      ))}
    </Card>
  );
}

function Group({ group }: { readonly group: ToldGroup }) {
  const { receivers, labels, alerts } = group;
  // How bad it is stands beside each.
  const names = Object.entries(labels)
    .filter(([name, value]) => name !== 'severity' && value !== '')
    .map(([, value]) => value)
    .join(' · ');
  const title = (
    <>
      {names === '' ? t(ALERTS.toldTo, receivers.join(', ')) : names}{' '}
      <span class="quiet numeric">{alerts.length}</span>
    </>
  );
  return (
    <Card
      flush
      class="alert-group"
      title={title}
      actions={
        <>
          {names !== '' && (
            <span class="quiet small">{t(ALERTS.toldTo, receivers.join(', '))}</span>
          )}
          <GroupActs alerts={alerts} />
        </>
      }
    >
      {alerts.map((alert) => (
        <AlertRow key={alert.fingerprint} alert={alert} groupLabels={labels} />
      ))}
    </Card>
  );
}
