import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { SilenceAnswer } from '../../../core/answers/alert-board.ts';
import { formatShortTime } from '../../format/time.ts';
import { t } from '../../i18n/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { confirm } from '../../ui/confirm.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ChevronDownIcon } from '../../ui/icons.tsx';
import { Menu } from '../../ui/menu.tsx';
import { Checkbox } from '../../ui/text-field.tsx';
import { Time } from '../../ui/time.tsx';
import { doing, endSilence, saveSilence } from './acts.ts';
import { useRefusal } from './alert-acts.tsx';
import { matcherText } from './matchers.ts';
import { EMPTY, EMPTY_MORE } from './messages.ts';
import { openSilence } from './silence-dialog.tsx';
import { SILENCES } from './silence-messages.ts';

const HOURS = [1, 4, 24];
const HOUR_MS = 3_600_000;

/** Silences that hold or will, and on demand those that are over. */
export function SilenceList({ silences }: { readonly silences: readonly SilenceAnswer[] }) {
  const [hasExpired, setExpired] = useState(false);
  const shown = silences.filter(({ state }) => hasExpired || state !== 'expired');
  return (
    <div class="stack">
      <Checkbox label={t(SILENCES.showExpired)} checked={hasExpired} onChange={setExpired} />
      {shown.length === 0 ? (
        <Empty title={t(EMPTY.silences)}>{t(EMPTY_MORE.silences)}</Empty>
      ) : (
        <div class="card">
          {shown.map((silence) => (
            <SilenceRow key={silence.id} silence={silence} />
          ))}
        </div>
      )}
    </div>
  );
}

const TONES = { active: 'info', pending: 'warning', expired: 'quiet' } as const;

function SilenceRow({ silence }: { readonly silence: SilenceAnswer }): JSX.Element {
  const { matchers, state, startsAtMs, endsAtMs, comment, createdBy } = silence;
  const texts = matchers.map(matcherText);
  return (
    <article class="alert-row" aria-label={texts.join(', ')}>
      <div class="alert-main">
        <div class="alert-head">
          <Badge tone={TONES[state]}>{t(SILENCES[state])}</Badge>
          <ul class="alert-labels">
            {texts.map((text) => (
              <li key={text}>
                <code>{text}</code>
              </li>
            ))}
          </ul>
        </div>
        <p class="alert-summary">{comment}</p>
        <p class="alert-times">
          {state === 'pending' && (
            <span>
              {t(SILENCES.begins)} <Time ms={startsAtMs} />
            </span>
          )}
          <span>
            {t(SILENCES.until)} <Time ms={endsAtMs} />
          </span>
          <span>{t(SILENCES.by, createdBy)}</span>
        </p>
      </div>
      <SilenceActs silence={silence} text={texts.join(', ')} />
    </article>
  );
}

function SilenceActs({ silence, text }: { silence: SilenceAnswer; text: string }) {
  const { id, state, matchers, comment } = silence;
  const refused = useRefusal('silence');
  const off = refused === undefined ? {} : { reason: refused };
  const named = (act: string) => `${act}: ${text}`;
  const end = async () => {
    const is = await confirm({
      title: t(SILENCES.endAsk),
      text: t(SILENCES.endText, text),
      action: t(SILENCES.end),
    });
    if (is)
      await doing(
        () => endSilence(id),
        () => t(SILENCES.ended),
      );
  };
  if (state === 'expired')
    return (
      <div class="alert-acts silence-acts">
        <Button
          small
          {...off}
          label={named(t(SILENCES.again))}
          onClick={() => openSilence({ matchers, comment })}
        >
          {t(SILENCES.again)}
        </Button>
      </div>
    );
  return (
    <div class="alert-acts silence-acts">
      <Button
        small
        {...off}
        label={named(t(SILENCES.editIt))}
        onClick={() => openSilence({ matchers, comment, changed: silence })}
      >
        {t(SILENCES.editIt)}
      </Button>
      <Menu
        class="button button-small"
        label={named(t(SILENCES.extend))}
        button={
          <>
            {t(SILENCES.extend)} <ChevronDownIcon size={12} />
          </>
        }
        items={HOURS.map((hours) => ({
          text: t(SILENCES.extendBy, hours),
          reason: refused,
          onSelect: () => void extend(silence, hours),
        }))}
      />
      <Button
        small
        kind="danger"
        {...off}
        label={named(t(SILENCES.end))}
        onClick={() => void end()}
      >
        {t(SILENCES.end)}
      </Button>
    </div>
  );
}

async function extend(silence: SilenceAnswer, hours: number): Promise<void> {
  const { id, matchers, startsAtMs, createdBy, comment } = silence;
  const endsAtMs = silence.endsAtMs + hours * HOUR_MS;
  await doing(
    () => saveSilence({ id, matchers, startsAtMs, endsAtMs, createdBy, comment }),
    () => t(SILENCES.extended, formatShortTime(endsAtMs, Date.now())),
  );
}
