import { useEffect } from 'preact/hooks';
import type { BoardAlert } from '../../../core/answers/alert-board.ts';
import { useMay } from '../../api/caller.ts';
import { useQuery } from '../../app/router.ts';
import { t } from '../../i18n/language.ts';
import { confirm } from '../../ui/confirm.tsx';
import { ACKNOWLEDGED_HOURS } from './acts.ts';
import { useAcknowledging } from './alert-acts.tsx';
import { titleOf } from './board-view.ts';
import { matchersOf } from './matchers.ts';
import { ALERTS } from './messages.ts';
import { openSilence } from './silence-dialog.tsx';
import { SILENCES } from './silence-messages.ts';

/** What the address asks to be done with one alert: `do=acknowledge`, `do=silence`. */
type AskedAct = 'acknowledge' | 'silence';

/** What can be done of it: nothing of an alert that is over, nor twice. `undefined`: nothing to ask for. */
function askedAct(
  wanted: string | null,
  { state, acknowledgement }: Pick<BoardAlert, 'state' | 'acknowledgement'>,
): AskedAct | undefined {
  if (wanted === 'silence' && state !== 'resolved') return wanted;
  const isOpen = state === 'firing' && acknowledgement === undefined;
  return wanted === 'acknowledge' && isOpen ? wanted : undefined;
}

/**
 * Asks a person about what a notification's button leads to. The address alone does nothing: anybody could have sent
 * it. Asked once, so that what is loaded anew asks no more.
 */
export function useAskedAct(alert: BoardAlert): void {
  const [query, change] = useQuery();
  const wanted = query.get('do');
  const may = useMay(wanted === 'silence' ? 'silence' : 'acknowledge');
  const { acknowledgeFor } = useAcknowledging(alert);
  useEffect(() => {
    if (wanted === null || may === undefined) return;
    change({ do: undefined }, 'replace');
    const act = may ? askedAct(wanted, alert) : undefined;
    if (act === 'acknowledge') void ask();
    if (act === 'silence') silence(alert);
  }, [wanted, may]);
  const ask = async () => {
    const [title, hours] = [titleOf(alert.labels), ACKNOWLEDGED_HOURS];
    const isWanted = await confirm({
      title: t(ALERTS.of, t(ALERTS.acknowledge), title),
      text: t(ALERTS.acknowledgeText, hours),
      action: t(ALERTS.acknowledge),
      danger: false,
    });
    if (isWanted) await acknowledgeFor(hours);
  };
}

function silence({ labels }: BoardAlert): void {
  const comment = t(SILENCES.commentDefault, titleOf(labels));
  openSilence({ matchers: matchersOf(labels), comment });
}
