/** What is shown of the alerts, as the address has it. */
export const VIEWS = [
  'firing',
  'pending',
  'muted',
  'no-data',
  'resolved',
  'silences',
  'history',
] as const;

export type View = (typeof VIEWS)[number];

/** The view of a query; firing alerts where it names none. */
export function viewOf(query: URLSearchParams): View {
  const wanted = query.get('view');
  return VIEWS.find((view) => view === wanted) ?? 'firing';
}

/** What a link in a message asks for. */
export interface OldLink {
  /** Alerts to show, as matchers. */
  readonly filter: string;
  /** A new silence is asked for, of these. */
  readonly isSilence: boolean;
}

/**
 * What follows `#` where a link is one of Alertmanager's messages: `#/alerts?filter={...}`,
 * `#/silences/new?filter={...}`. `undefined`: it is none.
 */
export function readOldLink(hash: string): OldLink | undefined {
  const [path = '', query = ''] = hash.slice(1).split('?', 2);
  const isSilence = path.startsWith('/silences/new');
  if (!isSilence && !path.startsWith('/alerts') && !path.startsWith('/silences')) return undefined;
  const filter = new URLSearchParams(query).get('filter') ?? '';
  return { filter: filter.trim().replace(/^\{(.*)\}$/s, '$1'), isSilence };
}
