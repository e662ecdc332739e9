import type { Area } from '../../core/area.ts';
import type { Role } from '../../core/role.ts';

/**
 * Who may do what over the API: every route with its area, with the role that may ask and those that may
 * change something, and the name of the change in the audit log. The one place where that is decided.
 */
export interface Route {
  /** `*` stands for one segment. */
  readonly path: string;
  /** Absent: for every token, whatever it is bound to. */
  readonly area?: Area;
  /** Who may ask. */
  readonly role: Role;
  /** POST asks too: queries are too long for some addresses. */
  readonly postsQuestions?: true;
  /** Who may change something here, by method. */
  readonly changes?: Readonly<Record<string, Change>>;
}

export interface Change {
  readonly role: Role;
  /** As the audit log has it; where one of several, the first of them. */
  readonly action: string;
}

const QUESTIONS = ['query', 'query_range', 'query_exemplars', 'format_query', 'series', 'labels'];

export const ROUTES: readonly Route[] = [
  ...QUESTIONS.map(
    (name): Route => ({
      path: `/api/v1/${name}`,
      area: 'metrics',
      role: 'viewer',
      postsQuestions: true,
    }),
  ),
  { path: '/api/v1/label/*/values', area: 'metrics', role: 'viewer' },
  { path: '/api/v1/metadata', area: 'metrics', role: 'viewer' },
  // Grafana asks for it before anything else.
  { path: '/api/v1/status/buildinfo', role: 'viewer' },
  { path: '/api/v1/whoami', role: 'viewer' },
  { path: '/api/v1/install', role: 'viewer' },
  { path: '/api/v1/rules', area: 'alerts', role: 'viewer' },
  { path: '/api/v1/rules/files', area: 'alerts', role: 'viewer' },
  {
    path: '/api/v1/rules/files/*',
    area: 'alerts',
    role: 'viewer',
    changes: {
      PUT: { role: 'admin', action: 'rules.change' },
      DELETE: { role: 'admin', action: 'rules.delete' },
    },
  },
  { path: '/api/v1/rules/files/*/versions', area: 'alerts', role: 'viewer' },
  { path: '/api/v1/rules/files/*/versions/*', area: 'alerts', role: 'viewer' },
  {
    path: '/api/v1/rules/files/*/rollback',
    area: 'alerts',
    role: 'viewer',
    changes: { POST: { role: 'admin', action: 'rules.roll-back' } },
  },
  { path: '/api/v1/rules/export', area: 'alerts', role: 'viewer' },
  { path: '/api/v1/rules/check', area: 'alerts', role: 'viewer', postsQuestions: true },
  // It tells what metrics were, as a query does.
  { path: '/api/v1/rules/backtest', area: 'metrics', role: 'viewer', postsQuestions: true },
  { path: '/api/v1/alerts', area: 'alerts', role: 'viewer' },
  { path: '/api/v1/alerts/board', area: 'alerts', role: 'viewer' },
  { path: '/api/v1/alerts/explain', area: 'alerts', role: 'viewer' },
  { path: '/api/v1/alerts/history', area: 'alerts', role: 'viewer' },
  { path: '/api/v1/routing', area: 'alerts', role: 'viewer' },
  { path: '/api/v1/routing/test', area: 'alerts', role: 'viewer', postsQuestions: true },
  { path: '/api/v1/hosts', area: 'inventory', role: 'viewer' },
  { path: '/api/v1/vms', area: 'inventory', role: 'viewer' },
  { path: '/api/v1/fleet', area: 'inventory', role: 'viewer' },
  { path: '/api/v1/audit', area: 'audit', role: 'admin' },
  {
    path: '/api/v1/tokens',
    area: 'tokens',
    role: 'viewer',
    changes: { POST: { role: 'viewer', action: 'token.add' } },
  },
  {
    path: '/api/v1/tokens/*',
    area: 'tokens',
    role: 'viewer',
    changes: { DELETE: { role: 'viewer', action: 'token.revoke' } },
  },
  {
    path: '/api/v1/enrolment-tokens',
    area: 'tokens',
    role: 'admin',
    changes: { POST: { role: 'admin', action: 'enrolment-token.add' } },
  },
  {
    path: '/api/v1/enrolment-tokens/*',
    area: 'tokens',
    role: 'admin',
    changes: { DELETE: { role: 'admin', action: 'enrolment-token.revoke' } },
  },
  {
    path: '/api/v1/subscriptions',
    area: 'alerts',
    role: 'viewer',
    changes: { POST: { role: 'admin', action: 'subscription.add' } },
  },
  {
    path: '/api/v1/subscriptions/*',
    area: 'alerts',
    role: 'admin',
    changes: { DELETE: { role: 'admin', action: 'subscription.remove' } },
  },
  {
    path: '/api/v1/subscriptions/*/confirmation',
    area: 'alerts',
    role: 'admin',
    changes: { POST: { role: 'admin', action: 'subscription.confirm-again' } },
  },
  {
    path: '/api/v1/topics/*/test',
    area: 'alerts',
    role: 'operator',
    changes: { POST: { role: 'operator', action: 'subscription.test' } },
  },
  { path: '/api/v1/push/key', area: 'alerts', role: 'viewer' },
  {
    path: '/api/v1/push/subscriptions',
    area: 'alerts',
    role: 'viewer',
    changes: { POST: { role: 'viewer', action: 'push.subscribe' } },
  },
  {
    path: '/api/v1/push/subscriptions/*',
    area: 'alerts',
    role: 'viewer',
    changes: { DELETE: { role: 'viewer', action: 'push.unsubscribe' } },
  },
  {
    path: '/api/v1/push/subscriptions/*/test',
    area: 'alerts',
    role: 'viewer',
    changes: { POST: { role: 'viewer', action: 'push.test' } },
  },
  { path: '/api/v1/keys', area: 'tokens', role: 'admin' },
  {
    path: '/api/v1/keys/*',
    area: 'tokens',
    role: 'admin',
    changes: { DELETE: { role: 'admin', action: 'key.revoke' } },
  },
  { path: '/api/v2/status', area: 'alerts', role: 'viewer' },
  { path: '/api/v2/receivers', area: 'alerts', role: 'viewer' },
  { path: '/api/v2/alerts', area: 'alerts', role: 'viewer' },
  { path: '/api/v2/alerts/groups', area: 'alerts', role: 'viewer' },
  {
    path: '/api/v2/silences',
    area: 'alerts',
    role: 'viewer',
    changes: { POST: { role: 'operator', action: 'silence.add' } },
  },
  {
    path: '/api/v2/silence/*',
    area: 'alerts',
    role: 'viewer',
    changes: { DELETE: { role: 'operator', action: 'silence.end' } },
  },
  { path: '/v1/notifications', area: 'alerts', role: 'viewer' },
  { path: '/v1/notifications/*', area: 'alerts', role: 'viewer' },
  {
    path: '/v1/acknowledgements',
    area: 'alerts',
    role: 'viewer',
    changes: {
      POST: { role: 'operator', action: 'alert.acknowledge' },
      DELETE: { role: 'operator', action: 'alert.withdraw-acknowledgement' },
    },
  },
];

/** What a request takes of who sends it. */
export interface Access {
  readonly role: Role;
  readonly area?: Area;
}

const ASKING = new Set(['GET', 'HEAD']);

/** What a request takes. Where nothing is, or nothing of that method, who may ask is told just that. */
export function accessTo(method: string, path: string): Access {
  const route = routeAt(path);
  const area = route?.area === undefined ? {} : { area: route.area };
  const asks = ASKING.has(method) || (method === 'POST' && route?.postsQuestions === true);
  const change = asks ? undefined : changeOf(route, method);
  return { role: change?.role ?? route?.role ?? 'viewer', ...area };
}

/** What a method changes at a route, if it does. */
export function changeOf(route: Route | undefined, method: string): Change | undefined {
  const changes = route?.changes ?? {};
  return Object.hasOwn(changes, method) ? changes[method] : undefined;
}

/** The route of a decoded path. */
export function routeAt(path: string): Route | undefined {
  const segments = path.split('/');
  return ROUTES.find((route) => {
    const wanted = route.path.split('/');
    return (
      wanted.length === segments.length &&
      wanted.every((segment, i) => segment === segments[i] || (segment === '*' && segments[i]))
    );
  });
}
