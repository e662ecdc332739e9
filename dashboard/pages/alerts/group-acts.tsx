import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { BoardAlert } from '../../../core/answers/alert-board.ts';
import { useCaller } from '../../api/caller.ts';
import { t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { ACKNOWLEDGED_HOURS, acknowledge, doing } from './acts.ts';
import { useRefusal } from './alert-acts.tsx';
import { commonLabels, titleOf } from './board-view.ts';
import { matchersOf } from './matchers.ts';
import { ALERTS } from './messages.ts';
import { askName } from './name.tsx';
import { openSilence } from './silence-dialog.tsx';
import { SILENCES } from './silence-messages.ts';

/** What can be done with all alerts of a group at once; nothing where there is but one. */
export function GroupActs({
  alerts,
}: {
  readonly alerts: readonly BoardAlert[];
}): JSX.Element | null {
  const caller = useCaller();
  const [isBusy, setBusy] = useState(false);
  const [acknowledgeRefused, silenceRefused] = [useRefusal('acknowledge'), useRefusal('silence')];
  const open = alerts.filter((alert) => alert.state === 'firing' && !alert.acknowledgement);
  const labels = commonLabels(alerts);
  const matchers = matchersOf(labels);
  if (alerts.length < 2) return null;
  const acknowledgeAll = async () => {
    const by = await askName(caller);
    if (by === undefined) return;
    setBusy(true);
    await doing(
      async () => {
        for (const { fingerprint } of open) await acknowledge(fingerprint, by, ACKNOWLEDGED_HOURS);
      },
      () => t(ALERTS.acknowledgedAll, open.length, ACKNOWLEDGED_HOURS),
    );
    setBusy(false);
  };
  const title = titleOf(labels);
  return (
    <>
      {open.length > 1 && acknowledgeRefused === undefined && (
        <Button
          small
          busy={isBusy}
          label={`${t(ALERTS.acknowledgeAll, open.length)}: ${title}`}
          onClick={() => void acknowledgeAll()}
        >
          {t(ALERTS.acknowledgeAll, open.length)}
        </Button>
      )}
      {matchers.length > 0 && silenceRefused === undefined && (
        <Button
          small
          label={t(ALERTS.of, t(ALERTS.silenceAll), title)}
          onClick={() => openSilence({ matchers, comment: t(SILENCES.commentDefault, title) })}
        >
          {t(ALERTS.silenceAll)}
        </Button>
      )}
    </>
  );
}
