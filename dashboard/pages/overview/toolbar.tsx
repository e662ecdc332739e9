import type { JSX } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import type { ChangeQuery } from '../../app/router.ts';
import { t } from '../../i18n/language.ts';
import { TextField } from '../../ui/text-field.tsx';
import { SORTS } from './arrange.ts';
import { CELL_SIZES } from './layout.ts';
import { METRIC_TEXTS, OVERVIEW, SIZE_TEXTS, SORT_TEXTS } from './messages.ts';
import { METRICS } from './metrics.ts';
import type { View } from './view.ts';

interface ToolbarProps {
  readonly view: View;
  readonly tags: readonly string[];
  readonly change: ChangeQuery;
  /** On phones what is rarely changed is folded up. */
  readonly isWide: boolean;
}

/** What is looked at, and how: all of it is in the address. */
export function Toolbar({ view, tags, change, isWide }: ToolbarProps): JSX.Element {
  return (
    <search class="overview-toolbar" aria-label={t(OVERVIEW.view)}>
      <Search q={view.q} change={change} />
      {isWide ? (
        <Choices {...{ view, tags, change }} />
      ) : (
        <details class="overview-options">
          <summary>{t(OVERVIEW.view)}</summary>
          <Choices {...{ view, tags, change }} />
        </details>
      )}
    </search>
  );
}

function Choices({ view, tags, change }: Omit<ToolbarProps, 'isWide'>): JSX.Element {
  const byTag = view.tag !== '' && !tags.includes(view.tag) ? [...tags, view.tag] : tags;
  return (
    <div class="overview-choices">
      <Choice
        label={t(OVERVIEW.colour)}
        value={view.metric}
        options={[
          ['', t(OVERVIEW.byState)],
          ...METRICS.map((name): Option => [name, t(METRIC_TEXTS[name])]),
        ]}
        onChange={(metric) => change({ metric: metric === '' ? undefined : metric })}
      />
      <Choice
        label={t(OVERVIEW.group)}
        value={view.tag}
        options={[
          ['', t(OVERVIEW.byHost)],
          ...byTag.map((tag): Option => [tag, t(OVERVIEW.byTag, tag)]),
        ]}
        onChange={(group) => change({ group: group === '' ? undefined : group })}
      />
      <Choice
        label={t(OVERVIEW.sort)}
        value={view.sort}
        options={SORTS.filter((sort) => sort !== 'metric' || view.metric !== '').map(
          (sort): Option => [sort, t(SORT_TEXTS[sort])],
        )}
        onChange={(sort) => change({ sort: sort === 'problems' ? undefined : sort })}
      />
      <Choice
        label={t(OVERVIEW.size)}
        value={view.size}
        options={CELL_SIZES.map((size): Option => [size, t(SIZE_TEXTS[size])])}
        onChange={(cells) => change({ cells: cells === 'auto' ? undefined : cells })}
      />
    </div>
  );
}

const TYPED_MS = 200;

/** What is typed goes into the address once one pauses. */
function Search({ q, change }: { readonly q: string; readonly change: ChangeQuery }): JSX.Element {
  const [typed, setTyped] = useState(q);
  useEffect(() => setTyped(q), [q]);
  useEffect(() => {
    if (typed === q) return;
    const timer = setTimeout(
      () => change({ q: typed.trim() === '' ? undefined : typed }, 'replace'),
      TYPED_MS,
    );
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <div class="overview-search">
      <TextField
        label={t(OVERVIEW.search)}
        hideLabel
        type="search"
        search
        value={typed}
        onChange={setTyped}
        placeholder={t(OVERVIEW.searchHint)}
      />
    </div>
  );
}

type Option = readonly [value: string, text: string];

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly Option[];
  readonly onChange: (value: string) => void;
}

/** The browser's own, which is light, and on phones the best there is. */
function Choice({ label, value, options, onChange }: ChoiceProps): JSX.Element {
  const id = useId();
  return (
    <div class="overview-choice">
      <label for={id}>{label}</label>
      <select
        id={id}
        class="input"
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {options.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}
