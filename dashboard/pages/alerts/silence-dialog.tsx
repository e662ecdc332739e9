import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { SilenceAnswer } from '../../../core/answers/alert-board.ts';
import { type Caller, useCaller } from '../../api/caller.ts';
import { asFailure } from '../../api/failure.ts';
import { formatShortTime } from '../../format/time.ts';
import { t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { UI } from '../../ui/messages.ts';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.ts';
import { saveSilence } from './acts.ts';
import { showChange, useFitting } from './board.ts';
import { MatcherChips } from './matcher-chips.tsx';
import { type Matcher, matcherText } from './matchers.ts';
import { isNameChosen, knownName, rememberName } from './name.tsx';
import { MORNING_TODAY, SILENCES, SPAN_TEXTS } from './silence-messages.ts';
import { endOf, fromInput, isMorningToday, SPANS, type Span, toInput } from './silence-times.ts';

/** What the form begins with. */
export interface FirstSilence {
  readonly matchers: readonly Matcher[];
  readonly comment: string;
  /** The silence that is changed; absent: a new one. */
  readonly changed?: SilenceAnswer;
}

const asked = signal<FirstSilence | undefined>(undefined);

/** Opens the form for a silence. */
export function openSilence(first: FirstSilence): void {
  asked.value = first;
}

/** The form for a silence; the page has it once. */
export function SilenceDialog(): JSX.Element | null {
  const first = asked.value;
  return first === undefined ? null : (
    <Form
      first={first}
      close={() => {
        asked.value = undefined;
      }}
    />
  );
}

/** What is in the form. */
interface Draft {
  readonly matchers: readonly Matcher[];
  readonly span: Span;
  /** As its input has it; counts where the span is `custom`. */
  readonly until: string;
  readonly comment: string;
  readonly name: string;
}

type Problems = Partial<Readonly<Record<keyof Draft, string>>>;

const FIRST_SPAN: Span = '1h';

function firstDraft(
  { matchers, comment, changed }: FirstSilence,
  caller: Caller | undefined,
): Draft {
  const endsAtMs = changed?.endsAtMs ?? endOf(FIRST_SPAN, Date.now()) ?? 0;
  return {
    ...{ matchers, comment, until: toInput(endsAtMs) },
    span: changed === undefined ? FIRST_SPAN : 'custom',
    name: knownName(caller) || (changed?.createdBy ?? ''),
  };
}

function Form({ first, close }: { readonly first: FirstSilence; readonly close: () => void }) {
  const caller = useCaller();
  const [draft, setDraft] = useState(() => firstDraft(first, caller));
  const [problems, setProblems] = useState<Problems>({});
  const [failed, setFailed] = useState('');
  const [isBusy, setBusy] = useState(false);
  const change = (part: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...part }));
    setProblems({});
  };
  const save = async () => {
    const nowMs = Date.now();
    const endsAtMs = endsOf(draft, nowMs);
    const found = problemsOf(draft, endsAtMs, nowMs);
    setProblems(found);
    if (Object.keys(found).length > 0 || endsAtMs === undefined) return;
    setBusy(true);
    setFailed('');
    try {
      rememberName(draft.name);
      await saveSilence(wantedOf(first, draft, endsAtMs, nowMs));
      toast(t(SILENCES.saved, formatShortTime(endsAtMs, nowMs)));
      close();
    } catch (error) {
      setFailed(asFailure(error).message);
    } finally {
      setBusy(false);
      showChange();
    }
  };
  const isNew = first.changed === undefined;
  return (
    <Dialog
      open
      title={t(isNew ? SILENCES.dialogNew : SILENCES.dialogEdit)}
      onClose={close}
      actions={
        <>
          <Button onClick={close}>{t(UI.cancel)}</Button>
          <Button kind="primary" busy={isBusy} onClick={() => void save()}>
            {t(isNew ? SILENCES.save : SILENCES.change)}
          </Button>
        </>
      }
    >
      <div class="stack">
        <MatcherChips
          matchers={draft.matchers}
          onChange={(matchers) => change({ matchers })}
          error={problems.matchers}
        />
        <Fitting matchers={draft.matchers} />
        <Spans draft={draft} change={change} error={problems.until} />
        <TextField
          label={t(SILENCES.comment)}
          required
          value={draft.comment}
          onChange={(comment) => change({ comment })}
          error={problems.comment}
        />
        {isNameChosen(caller) && (
          <TextField
            label={t(SILENCES.name)}
            required
            autocomplete="name"
            value={draft.name}
            onChange={(name) => change({ name })}
            error={problems.name}
          />
        )}
        {failed !== '' && (
          <p class="field-error" role="alert">
            {failed}
          </p>
        )}
      </div>
    </Dialog>
  );
}

function endsOf({ span, until }: Draft, nowMs: number): number | undefined {
  return endOf(span, nowMs) ?? fromInput(until);
}

function problemsOf(draft: Draft, endsAtMs: number | undefined, nowMs: number): Problems {
  const { matchers, comment, name } = draft;
  return {
    ...(matchers.length > 0 ? {} : { matchers: t(SILENCES.none) }),
    ...(endsAtMs === undefined ? { until: t(SILENCES.noTime) } : {}),
    ...(endsAtMs !== undefined && endsAtMs <= nowMs ? { until: t(SILENCES.past) } : {}),
    ...(comment.trim() === '' ? { comment: t(SILENCES.commentMissing) } : {}),
    ...(name.trim() === '' ? { name: t(SILENCES.nameMissing) } : {}),
  };
}

/** What has begun keeps its beginning: so Alertmanager changes it, and makes no other. */
function wantedOf({ changed }: FirstSilence, draft: Draft, endsAtMs: number, nowMs: number) {
  const isOver = changed === undefined || changed.state === 'expired';
  return {
    ...(isOver ? {} : { id: changed.id }),
    startsAtMs: isOver ? nowMs : changed.startsAtMs,
    ...{ endsAtMs, matchers: draft.matchers },
    createdBy: draft.name.trim(),
    comment: draft.comment.trim(),
  };
}

/** How many alerts of just now it would mute. */
function Fitting({ matchers }: { readonly matchers: readonly Matcher[] }) {
  const { data, failure } = useFitting(matchers.map(matcherText));
  if (matchers.length === 0) return null;
  const count =
    data === undefined ? 0 : data.counts.firing + data.counts.muted + data.counts.pending;
  return (
    <p class="silence-fitting" role="status">
      {failure !== undefined
        ? failure.message
        : data !== undefined && (count === 0 ? t(SILENCES.mutesNone) : t(SILENCES.mutes, count))}
    </p>
  );
}

interface SpansProps {
  readonly draft: Draft;
  readonly change: (part: Partial<Draft>) => void;
  readonly error: string | undefined;
}

function Spans({ draft, change, error }: SpansProps) {
  const name = useId();
  return (
    <fieldset class="silence-spans">
      <legend class="field-label">{t(SILENCES.span)}</legend>
      <div class="silence-choices">
        {SPANS.map((span) => (
          <label key={span} class="silence-choice">
            <input
              type="radio"
              name={name}
              checked={draft.span === span}
              onChange={() => change({ span })}
            />
            <span>{spanText(span)}</span>
          </label>
        ))}
      </div>
      {draft.span === 'custom' && (
        <TextField
          label={t(SILENCES.until)}
          type="datetime-local"
          value={draft.until}
          onChange={(until) => change({ until })}
          error={error}
        />
      )}
    </fieldset>
  );
}

function spanText(span: Span): string {
  if (span === 'morning' && isMorningToday(Date.now())) return t(MORNING_TODAY.text);
  return t(SPAN_TEXTS[span]);
}
