import type { ComponentChildren, JSX } from 'preact';
import { HOST_VIEW_STATES, VM_VIEW_STATES } from '../../../core/inventory/view-states.ts';
import { t } from '../../i18n/language.ts';
import { HOST_STATES, hostTone, type Tone, ToneShape, VM_STATES, vmTone } from '../../ui/state.tsx';
import type { Facet, Filter } from './filter.ts';
import { OVERVIEW, STATE_LETTERS } from './messages.ts';

interface FacetsProps {
  readonly counts: ReadonlyMap<Facet, number>;
  readonly filter: Filter;
  readonly onToggle: (facet: Facet) => void;
  readonly onClear: () => void;
}

/** How many there are of each state: the sum of it all, what letters mean, and what narrows the fleet down, in one. */
export function Facets({ counts, filter, onToggle, onClear }: FacetsProps): JSX.Element {
  const facet = (name: Facet, tone: Tone | undefined, text: string, letter = '') => {
    const count = counts.get(name) ?? 0;
    const isOn = filter.facets.includes(name);
    // What is asked for stays, so that it can be let go.
    if (count === 0 && !isOn && name !== 'problem') return null;
    return (
      <Chip key={name} isOn={isOn} onClick={() => onToggle(name)}>
        {letter !== '' ? (
          <span class={`overview-swatch overview-${tone ?? 'quiet'}`} aria-hidden="true">
            {letter}
          </span>
        ) : (
          tone !== undefined && <ToneShape tone={tone} />
        )}
        {text} <strong class="numeric">{count.toLocaleString('en')}</strong>
      </Chip>
    );
  };
  const problems = counts.get('problem') ?? 0;
  return (
    <fieldset class="overview-facets">
      <legend class="visually-hidden">{t(OVERVIEW.filters)}</legend>
      <Chip isOn={filter.facets.length === 0} onClick={onClear}>
        {t(OVERVIEW.all)}
      </Chip>
      {facet('problem', problems > 0 ? 'critical' : 'good', t(OVERVIEW.problems))}
      {facet('alert', 'warning', t(OVERVIEW.alerting))}
      {HOST_VIEW_STATES.filter((state) => state !== 'up').map((state) =>
        facet(`host-${state}`, hostTone(state), t(HOST_STATES[state])),
      )}
      {VM_VIEW_STATES.map((state) =>
        facet(`vm-${state}`, vmTone(state), t(VM_STATES[state]), STATE_LETTERS[state]),
      )}
    </fieldset>
  );
}

interface ChipProps {
  readonly isOn: boolean;
  readonly onClick: () => void;
  readonly children: ComponentChildren;
}

function Chip({ isOn, onClick, children }: ChipProps): JSX.Element {
  return (
    <button type="button" class="overview-chip" aria-pressed={isOn} onClick={onClick}>
      {children}
    </button>
  );
}
