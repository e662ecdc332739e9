import { ConfigSection } from './config-section.ts';
import type { Route } from './config-types.ts';
import { formatMatchers } from './parse-matcher.ts';
import { readMatcherFields } from './parse-matchers-field.ts';

const ROUTES_MAX = 2000; // each alert may be held against each; aliases can make many of few lines
const DEPTH_MAX = 32; // an alias may lead to what contains it

const FIELDS = [
  ...['receiver', 'group_by', 'group_wait', 'group_interval', 'repeat_interval'],
  ...['matchers', 'match', 'match_re', 'mute_time_intervals', 'active_time_intervals'],
  ...['continue', 'routes'],
];

const REFUSED = { labels: 'set labels in the alerting rules' };

/** Alertmanager's defaults. Source: alertmanager/dispatch, DefaultRouteOpts. */
const DEFAULTS: RouteDefaults = {
  receiver: '',
  groupBy: [],
  groupWaitMs: 30_000,
  groupIntervalMs: 5 * 60_000,
  repeatIntervalMs: 4 * 3_600_000,
};

type RouteDefaults = Pick<
  Route,
  'receiver' | 'groupBy' | 'groupWaitMs' | 'groupIntervalMs' | 'repeatIntervalMs'
>;

/** What routes refer to by name. */
interface RouteNames {
  readonly receivers: ReadonlyMap<string, unknown>;
  readonly timeIntervals: ReadonlyMap<string, unknown>;
}

/** Where a route stands: what it inherits and how many have been read. */
interface RoutePlace {
  readonly names: RouteNames;
  readonly parent: RouteDefaults;
  /** Ends in `/`; the root's is empty. */
  readonly idPrefix: string;
  /** Ids of its siblings so far. */
  readonly taken: Set<string>;
  readonly depth: number;
  readonly counter: { routes: number };
}

/** Reads the routing tree from its root on. */
export function readRootRoute(root: ConfigSection, names: RouteNames): Route | undefined {
  const node = root.get('route');
  if (node === undefined) return root.reader.yaml.problem(root.node, 'no route provided in config');
  const section = ConfigSection.open(root.reader, node, 'route', FIELDS, REFUSED);
  if (section === undefined) return undefined;
  if ((section.text('receiver') ?? '') === '')
    section.problem(undefined, 'root route must specify a default receiver');
  const route = readRoute(section, {
    names,
    parent: DEFAULTS,
    idPrefix: '',
    taken: new Set(),
    depth: 0,
    counter: { routes: 0 },
  });
  if (route.continue) section.problem('continue', 'cannot have continue in root route');
  if (route.matchers.length > 0) {
    const field = ['matchers', 'match', 'match_re'].find((name) => section.has(name));
    section.problem(field, 'root route must not have any matchers');
  }
  if (route.muteTimeIntervals.length > 0)
    section.problem('mute_time_intervals', 'root route must not have any mute time intervals');
  if (route.activeTimeIntervals.length > 0)
    section.problem('active_time_intervals', 'root route must not have any active time intervals');
  return route;
}

function readRoute(section: ConfigSection, place: RoutePlace): Route {
  const { parent, names } = place;
  const receiver = section.text('receiver') || parent.receiver;
  if (section.has('receiver') && receiver !== '' && !names.receivers.has(receiver))
    section.problem('receiver', `undefined receiver "${receiver}" used in route`);
  const matchers = readMatcherFields(section, {
    matchers: 'matchers',
    match: 'match',
    matchRe: 'match_re',
  });
  const options: RouteDefaults = {
    receiver,
    groupBy: section.has('group_by') ? readGroupBy(section) : parent.groupBy,
    groupWaitMs: section.durationMs('group_wait') ?? parent.groupWaitMs,
    groupIntervalMs: readInterval(section, 'group_interval') ?? parent.groupIntervalMs,
    repeatIntervalMs: readInterval(section, 'repeat_interval') ?? parent.repeatIntervalMs,
  };
  const id = uniqueId(`${place.idPrefix}${formatMatchers(matchers)}`, place.taken);
  return {
    id,
    ...options,
    matchers,
    muteTimeIntervals: readIntervalNames(section, 'mute_time_intervals', names),
    activeTimeIntervals: readIntervalNames(section, 'active_time_intervals', names),
    continue: section.boolean('continue') ?? false,
    routes: readChildren(section, {
      ...place,
      parent: options,
      idPrefix: `${id}/`,
      taken: new Set(),
      depth: place.depth + 1,
    }),
  };
}

function readChildren(section: ConfigSection, place: RoutePlace): Route[] {
  const nodes = section.list('routes');
  if (nodes.length === 0) return [];
  if (place.depth > DEPTH_MAX) {
    section.problem('routes', `routes are more than ${DEPTH_MAX} deep`);
    return [];
  }
  place.counter.routes += nodes.length;
  if (place.counter.routes > ROUTES_MAX) {
    section.problem('routes', `there are more than ${ROUTES_MAX} routes`);
    return [];
  }
  return nodes.flatMap((node, i) => {
    const what = `${section.what}.routes[${i}]`;
    const child = ConfigSection.open(section.reader, node, what, FIELDS, REFUSED);
    return child === undefined ? [] : [readRoute(child, place)];
  });
}

/** Siblings with the same matchers are told apart by a number. */
function uniqueId(key: string, taken: Set<string>): string {
  let id = key;
  for (let i = 1; taken.has(id); i++) id = `${key}/${i}`;
  taken.add(id);
  return id;
}

function readGroupBy(section: ConfigSection): Route['groupBy'] {
  const written = section.textList('group_by');
  const names = written.filter((name) => name !== '...');
  for (const [i, name] of names.entries()) {
    if (name === '' || !name.isWellFormed())
      section.problem('group_by', `invalid label name "${name}" in group_by list`);
    if (names.indexOf(name) < i)
      section.problem('group_by', `duplicated label "${name}" in group_by`);
  }
  if (names.length === written.length) return names;
  if (names.length > 0)
    section.problem(
      'group_by',
      'cannot have wildcard group_by (`...`) and other labels at the same time',
    );
  return 'all';
}

function readInterval(section: ConfigSection, field: string): number | undefined {
  const ms = section.durationMs(field);
  if (ms === 0) section.problem(field, `${field} cannot be zero`);
  return ms;
}

function readIntervalNames(section: ConfigSection, field: string, names: RouteNames): string[] {
  const used = section.textList(field);
  for (const name of used) {
    if (!names.timeIntervals.has(name))
      section.problem(field, `undefined time interval "${name}" used in route`);
  }
  return used;
}
