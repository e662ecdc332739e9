import type { JSX } from 'preact';
import { promqlPieces } from './promql-text.ts';

/** An expression to read, in colours. */
export function PromqlBlock({ expr }: { readonly expr: string }): JSX.Element {
  return (
    <pre class="rules-expr">
      <code>
        {promqlPieces(expr).map(({ kind, text }, i) =>
          kind === 'plain' ? (
            text
          ) : (
            <span key={i} class={`rules-expr-${kind}`}>
              {text}
            </span>
          ),
        )}
      </code>
    </pre>
  );
}
