import type { JSX } from 'preact';
import { useQuery } from '../app/router.ts';
import { TimeRangePicker } from '../chart/time-range.tsx';
import type { TimeRange } from '../chart/use-time-range.ts';
import { t } from '../i18n/language.ts';
import { Checkbox } from '../ui/text-field.tsx';
import { MACHINE } from './messages.ts';

/** Is a week ago shown beside now? It is in the address. */
export function useIsCompared(): boolean {
  const [query] = useQuery();
  return query.get('compare') === 'week';
}

/** What all charts of a page show; it stays in sight. */
export function RangeBar({ range }: { readonly range: TimeRange }): JSX.Element {
  const [, change] = useQuery();
  return (
    <div class="range-bar">
      <TimeRangePicker range={range} />
      <Checkbox
        label={t(MACHINE.compare)}
        checked={useIsCompared()}
        onChange={(isCompared) => change({ compare: isCompared ? 'week' : undefined })}
      />
    </div>
  );
}
