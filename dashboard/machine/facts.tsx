import type { ComponentChildren, JSX } from 'preact';
import { Link } from '../app/link.tsx';
import { t } from '../i18n/language.ts';
import { tagWord } from '../pages/overview/filter.ts';
import { Card } from '../ui/card.tsx';
import './machine.css';
import { MACHINE } from './messages.ts';

/** A name and what it is; without the latter it is left out: missing is not empty. */
export type Fact = readonly [name: string, value: ComponentChildren | undefined];

interface FactsProps {
  readonly facts: readonly Fact[];
  readonly tags: Readonly<Record<string, string>>;
}

/** What is known of a machine. */
export function Facts({ facts, tags }: FactsProps): JSX.Element {
  const all = Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1));
  return (
    <Card title={t(MACHINE.facts)}>
      <dl class="facts">
        {facts.map(([name, value]) =>
          value === undefined || value === '' ? null : (
            <div class="facts-one" key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
        <div class="facts-one facts-tags">
          <dt>{t(MACHINE.tags)}</dt>
          <dd>
            {all.length === 0
              ? t(MACHINE.noTags)
              : all.map(([name, value]) => (
                  <Link
                    key={name}
                    to="overview"
                    query={{ q: tagWord(name, value) }}
                    class="facts-tag"
                  >
                    {name}={value}
                  </Link>
                ))}
          </dd>
        </div>
      </dl>
    </Card>
  );
}
