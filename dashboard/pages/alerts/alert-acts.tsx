import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { BoardAlert } from '../../../core/answers/alert-board.ts';
import { useCaller, useMay } from '../../api/caller.ts';
import { t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { CheckIcon, ChevronDownIcon, MuteIcon } from '../../ui/icons.tsx';
import { Menu } from '../../ui/menu.tsx';
import { ACKNOWLEDGED_HOURS, acknowledge, doing, withdraw } from './acts.ts';
import { titleOf } from './board-view.ts';
import { matchersOf } from './matchers.ts';
import { ALERTS } from './messages.ts';
import { askName } from './name.tsx';
import { openSilence } from './silence-dialog.tsx';
import { SILENCES } from './silence-messages.ts';

type Subject = Pick<BoardAlert, 'fingerprint' | 'labels' | 'acknowledgement' | 'state'>;

interface AlertActsProps {
  readonly alert: Subject;
  /** For a thumb, at night: two large buttons side by side. */
  readonly isLarge?: boolean;
}

const HOURS = [1, 4, 8, 24];

/** Why who asks may not do it; `undefined`: they may, or it is not known yet. */
export function useRefusal(act: 'acknowledge' | 'silence'): string | undefined {
  const caller = useCaller();
  return useMay(act) === false ? t(ALERTS.mayNot, caller?.role ?? '') : undefined;
}

/** Acknowledge or withdraw, and silence. */
export function AlertActs({ alert, isLarge = false }: AlertActsProps): JSX.Element {
  const { labels, acknowledgement, state } = alert;
  const title = titleOf(labels);
  const [acknowledgeRefused, silenceRefused] = [useRefusal('acknowledge'), useRefusal('silence')];
  const { isBusy, acknowledgeFor, takeBack } = useAcknowledging(alert);
  const isOpen = state === 'firing' && acknowledgement === undefined;
  const shape = { small: !isLarge, class: isLarge ? 'alert-act' : '' };
  return (
    <div class={isLarge ? 'alert-acts alert-acts-large' : 'alert-acts-row'}>
      {isOpen && (
        <Button
          {...shape}
          kind={isLarge ? 'primary' : 'plain'}
          busy={isBusy}
          reason={acknowledgeRefused}
          icon={<CheckIcon />}
          label={isLarge ? undefined : t(ALERTS.of, t(ALERTS.acknowledge), title)}
          onClick={() => void acknowledgeFor(ACKNOWLEDGED_HOURS)}
        >
          {t(ALERTS.acknowledge)}
        </Button>
      )}
      {acknowledgement !== undefined && (
        <Button
          {...shape}
          busy={isBusy}
          reason={acknowledgeRefused}
          label={isLarge ? t(ALERTS.withdraw) : t(ALERTS.of, t(ALERTS.withdraw), title)}
          onClick={() => void takeBack()}
        >
          {t(ALERTS.withdrawShort)}
        </Button>
      )}
      <Button
        {...shape}
        reason={silenceRefused}
        icon={<MuteIcon />}
        label={isLarge ? undefined : t(ALERTS.of, t(ALERTS.silence), title)}
        onClick={() =>
          openSilence({
            matchers: matchersOf(labels),
            comment: t(SILENCES.commentDefault, title),
          })
        }
      >
        {t(ALERTS.silence)}
      </Button>
      {isLarge && isOpen && acknowledgeRefused === undefined && (
        <Menu
          label={t(ALERTS.acknowledgeFor)}
          class="button button-small"
          button={
            <>
              {t(ALERTS.acknowledgeFor)} <ChevronDownIcon size={12} />
            </>
          }
          items={HOURS.map((hours) => ({
            text: t(ALERTS.hours, hours),
            onSelect: () => void acknowledgeFor(hours),
          }))}
        />
      )}
    </div>
  );
}

/** Acknowledges an alert, or takes that back, and says what came of it. */
export function useAcknowledging({ fingerprint, labels }: Subject) {
  const caller = useCaller();
  const [isBusy, setBusy] = useState(false);
  const title = titleOf(labels);
  const during = async (act: () => Promise<unknown>) => {
    setBusy(true);
    await act();
    setBusy(false);
  };
  return {
    isBusy,
    acknowledgeFor: async (hours: number) => {
      const by = await askName(caller);
      if (by === undefined) return;
      const done = () => t(ALERTS.acknowledged, title, hours);
      await during(() => doing(() => acknowledge(fingerprint, by, hours), done));
    },
    takeBack: () =>
      during(() =>
        doing(
          () => withdraw(fingerprint),
          () => t(ALERTS.withdrawn, title),
        ),
      ),
  };
}
