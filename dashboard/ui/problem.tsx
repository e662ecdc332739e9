import type { JSX } from 'preact';
import type { ApiFailure } from '../api/failure.ts';
import { formatClock } from '../format/time.ts';
import { t } from '../i18n/language.ts';
import { Button } from './button.tsx';
import { UI } from './messages.ts';
import './problem.css';
import { ToneShape } from './state.tsx';

interface ProblemProps {
  readonly failure: ApiFailure;
  /** When what is still shown was answered, if something is: it is said to be old. */
  readonly staleMs?: number | undefined;
  readonly retry?: () => void;
}

/** Why there is no answer, in words that say what to do; in place of what it was asked for, or above it. */
export function Problem({ failure, staleMs, retry }: ProblemProps): JSX.Element {
  const advice = adviceOn(failure);
  return (
    <div class="problem" role="alert">
      <ToneShape
        tone={failure.status === 0 || failure.status >= 500 ? 'warning' : 'critical'}
        size={14}
      />
      <div class="problem-text">
        <p>{advice ?? failure.message}</p>
        {advice !== undefined && failure.message !== '' && <p class="quiet">{failure.message}</p>}
        {staleMs !== undefined && <p class="quiet">{t(UI.stale, formatClock(staleMs))}</p>}
      </div>
      {retry !== undefined && (
        <Button small onClick={retry}>
          {t(UI.retry)}
        </Button>
      )}
    </div>
  );
}

/** What a person can do about it; `undefined`: the API's own words say it. */
function adviceOn({ status }: ApiFailure): string | undefined {
  if (status === 0) return t(UI.noAnswer);
  if (status === 429) return t(UI.tooMany);
  if (status === 503) return t(UI.busy);
  if (status >= 500) return t(UI.serverFault);
  return undefined;
}
