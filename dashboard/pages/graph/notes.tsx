import type { JSX } from 'preact';
import { t } from '../../i18n/language.ts';
import { ToneShape } from '../../ui/state.tsx';
import type { Notes } from './answer.ts';
import { GRAPH } from './messages.ts';

interface AnswerNotesProps {
  readonly notes: Notes;
  /** How many series were answered. */
  readonly count: number;
  readonly more?: JSX.Element | string;
}

/** How long it took, and what the API said beside the answer. */
export function AnswerNotes({ notes, count, more }: AnswerNotesProps): JSX.Element {
  const { warnings, infos, tookMs } = notes;
  const took = tookMs < 1000 ? `${Math.round(tookMs)} ms` : `${(tookMs / 1000).toFixed(1)} s`;
  return (
    <div class="graph-notes">
      {warnings.map((text) => (
        <p key={text} class="graph-warning">
          <ToneShape tone="warning" /> <strong>{t(GRAPH.warning)}:</strong> {text}
        </p>
      ))}
      {infos.map((text) => (
        <p key={text}>
          <ToneShape tone="info" /> <strong>{t(GRAPH.info)}:</strong> {text}
        </p>
      ))}
      <p class="quiet" role="status">
        {t(GRAPH.took, count, took)}
        {more !== undefined && <> · {more}</>}
      </p>
    </div>
  );
}
