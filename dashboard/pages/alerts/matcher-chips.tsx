import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { t } from '../../i18n/language.ts';
import { IconButton } from '../../ui/button.tsx';
import { CloseIcon } from '../../ui/icons.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { isSameMatcher, type Matcher, matcherText, readMatchers } from './matchers.ts';
import { ALERTS } from './messages.ts';
import { SILENCES } from './silence-messages.ts';

interface MatcherChipsProps {
  readonly matchers: readonly Matcher[];
  readonly onChange: (matchers: readonly Matcher[]) => void;
  readonly error: string | undefined;
}

/** Conditions on alerts, each of which can be changed or taken away; and a field for another. */
export function MatcherChips({ matchers, onChange, error }: MatcherChipsProps): JSX.Element {
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const add = () => {
    if (text.trim() === '') return;
    const read = readMatchers(text);
    if (read.rest !== '') return setProblem(t(ALERTS.filterBad, read.rest));
    const others = matchers.filter(
      (one) => !read.matchers.some((made) => isSameMatcher(one, made)),
    );
    setText('');
    onChange([...others, ...read.matchers]);
  };
  const without = (gone: Matcher) => onChange(matchers.filter((one) => one !== gone));
  return (
    <div class="matcher-field">
      <span class="field-label">{t(SILENCES.matchers)}</span>
      {matchers.length > 0 && (
        <ul class="matcher-chips">
          {matchers.map((matcher) => (
            <li key={matcherText(matcher)} class="matcher-chip">
              <button
                type="button"
                class="matcher-text"
                aria-label={t(SILENCES.edit, matcherText(matcher))}
                onClick={() => {
                  setText(matcherText(matcher));
                  without(matcher);
                }}
              >
                <code>{matcherText(matcher)}</code>
              </button>
              <IconButton
                label={t(SILENCES.remove, matcherText(matcher))}
                onClick={() => without(matcher)}
              >
                <CloseIcon size={12} />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      {/* What was typed counts, whether Enter was pressed or not. */}
      <div onFocusOut={add}>
        <TextField
          label={t(SILENCES.add)}
          help={t(SILENCES.addHelp)}
          code
          value={text}
          onChange={(typed) => {
            setText(typed);
            setProblem(undefined);
          }}
          error={problem ?? error}
          onEnter={add}
        />
      </div>
    </div>
  );
}
