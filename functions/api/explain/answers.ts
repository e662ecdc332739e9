import type { LabelMatcher } from '../../../core/alertmanager/matcher.ts';
import {
  type Acknowledgement,
  type Silence,
  silenceState,
} from '../../../core/alertmanager/silence.ts';
import type {
  AcknowledgementAnswer,
  MatcherAnswer,
  SilenceAnswer,
} from '../../../core/answers/alert-board.ts';

export function silenceAnswer(silence: Silence, nowMs: number): SilenceAnswer {
  const { id, matchers, startsAtMs, endsAtMs, createdBy, comment } = silence;
  const state = silenceState(silence, nowMs);
  return {
    id,
    state,
    matchers: matchers.map(matcherAnswer),
    startsAtMs,
    endsAtMs,
    createdBy,
    comment,
  };
}

function matcherAnswer({ name, op, value }: LabelMatcher): MatcherAnswer {
  return { name, value, isRegex: op.endsWith('~'), isEqual: op.startsWith('=') };
}

export function acknowledgementAnswer(acknowledgement: Acknowledgement): AcknowledgementAnswer {
  const { by, note, atMs, untilMs } = acknowledgement;
  return { by, note, atMs, untilMs };
}

/** JSON has no NaN or infinity: as Go writes them. */
export function numberAnswer(value: number): number | string {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}
