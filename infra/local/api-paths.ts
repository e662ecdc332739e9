import { DASHBOARD_PATHS } from '../../functions/api/pages/page.ts';

/** What the api function answers: paths, and beginnings of paths where they end with "/". */
export const API_PATHS: readonly string[] = [
  '/api/v1/',
  '/api/v2/',
  '/v1/acknowledgements',
  '/v1/notifications',
  '/v1/notifications/',
  '/-/',
  '/sign-in',
  '/sign-in/',
  '/sign-out',
  ...DASHBOARD_PATHS,
];
