import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Severity } from '../../../core/alerting/severity.ts';
import type { PushBrowser } from '../../../core/answers/push.ts';
import { useMay } from '../../api/caller.ts';
import { ask } from '../../api/client.ts';
import { asFailure } from '../../api/failure.ts';
import { language, t } from '../../i18n/language.ts';
import {
  abilityHere,
  type SubscribeProblem,
  subscribeHere,
  unsubscribeHere,
} from '../../push/this-browser.ts';
import { Button } from '../../ui/button.tsx';
import { AlertIcon } from '../../ui/icons.tsx';
import { ToneShape } from '../../ui/state.tsx';
import { Time } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.ts';
import { ABILITY_TEXTS, BROWSERS, PROBLEM_TEXTS } from './messages.ts';
import { TopicChoice } from './topic-choice.tsx';

const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'info'];

interface ThisBrowserProps {
  readonly browsers: readonly PushBrowser[];
  /** As the API would name it; absent: it is not subscribed at its push service. */
  readonly hereId: string | undefined;
  readonly changed: () => void;
}

/** Subscribes the browser that shows this, or says why it can't be. */
export function ThisBrowser({ browsers, hereId, changed }: ThisBrowserProps): JSX.Element {
  const known = browsers.find(({ id }) => id === hereId);
  const ability = abilityHere();
  return (
    <section class="subscriptions-here" aria-label={t(BROWSERS.here)}>
      <h3>{t(BROWSERS.here)}</h3>
      {ability === 'ready' ? (
        <Choice
          // Its choice is that of what is known of it.
          key={known?.id ?? 'new'}
          known={known}
          isLost={hereId !== undefined && known === undefined}
          changed={changed}
        />
      ) : (
        <Note text={t(ABILITY_TEXTS[ability])} />
      )}
    </section>
  );
}

function Note({ text }: { readonly text: string }): JSX.Element {
  return (
    <p class="subscriptions-warning" role="status">
      <ToneShape tone="warning" size={12} />
      <span>{text}</span>
    </p>
  );
}

interface ChoiceProps {
  readonly known: PushBrowser | undefined;
  readonly isLost: boolean;
  readonly changed: () => void;
}

function Choice({ known, isLost, changed }: ChoiceProps): JSX.Element {
  const may = useMay('subscribeBrowser');
  const [chosen, setChosen] = useState<readonly Severity[]>(known?.severities ?? ['critical']);
  const [problem, setProblem] = useState<SubscribeProblem>();
  const [isBusy, setBusy] = useState(false);
  const act = async (work: () => Promise<string | undefined>) => {
    setBusy(true);
    try {
      const said = await work();
      if (said !== undefined) toast(said);
    } catch (error) {
      toast(asFailure(error).message, 'critical');
    }
    setBusy(false);
    changed();
  };
  const subscribe = async () => {
    const why = await subscribeHere(chosen, language.value);
    setProblem(why);
    if (why !== undefined) return undefined;
    return t(known === undefined ? BROWSERS.subscribed : BROWSERS.saved);
  };
  const reason =
    may === false ? t(BROWSERS.mayNot) : chosen.length === 0 ? t(BROWSERS.noSeverity) : undefined;
  return (
    <div class="stack">
      <p>{t(known === undefined ? BROWSERS.text : BROWSERS.isSubscribed)}</p>
      {known?.endsAt !== undefined && (
        <p class="quiet">
          {t(BROWSERS.ends)} <Time ms={Date.parse(known.endsAt)} />
        </p>
      )}
      {isLost && <Note text={t(BROWSERS.lost)} />}
      {problem !== undefined && <Note text={t(PROBLEM_TEXTS[problem])} />}
      <TopicChoice
        label={t(BROWSERS.hears)}
        topics={SEVERITIES}
        chosen={chosen}
        onChange={setChosen}
      />
      <div class="row">
        <Button
          kind={known === undefined ? 'primary' : 'plain'}
          icon={<AlertIcon />}
          busy={isBusy}
          reason={reason}
          onClick={() => void act(subscribe)}
        >
          {t(known === undefined ? BROWSERS.subscribe : BROWSERS.save)}
        </Button>
        {known !== undefined && <Known known={known} isBusy={isBusy} act={act} />}
      </div>
    </div>
  );
}

interface KnownProps {
  readonly known: PushBrowser;
  readonly isBusy: boolean;
  readonly act: (work: () => Promise<string | undefined>) => Promise<void>;
}

function Known({ known, isBusy, act }: KnownProps): JSX.Element {
  const test = async () => {
    await ask(`api/v1/push/subscriptions/${known.id}/test`, { method: 'POST' });
    return t(BROWSERS.tested);
  };
  const end = async () => {
    await unsubscribeHere(known.id);
    return t(BROWSERS.unsubscribed);
  };
  return (
    <>
      <Button kind="primary" busy={isBusy} onClick={() => void act(test)}>
        {t(BROWSERS.test)}
      </Button>
      <Button busy={isBusy} onClick={() => void act(end)}>
        {t(BROWSERS.unsubscribe)}
      </Button>
    </>
  );
}
