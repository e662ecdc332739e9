import type { JSX } from 'preact';
import { t } from '../../i18n/language.ts';
import { EXAMPLES, type Example } from './examples.ts';
import { GRAPH } from './messages.ts';

/** In place of a result that nobody has asked for yet. */
export function Examples({
  onChoose,
}: {
  readonly onChoose: (example: Example) => void;
}): JSX.Element {
  return (
    <div class="graph-examples">
      <h2>{t(GRAPH.emptyTitle)}</h2>
      <p class="quiet">{t(GRAPH.emptyText)}</p>
      <ul>
        {EXAMPLES.map((example) => (
          <li key={example.expr}>
            <button type="button" class="graph-example" onClick={() => onChoose(example)}>
              <span>{t(example.text)}</span>
              <code>{example.expr}</code>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
