/** What the api function answers: paths, and beginnings of paths where they end with "/". */
export const API_PATHS = [
  '/api/v1/',
  '/api/v2/',
  '/v1/acknowledgements',
  '/v1/notifications',
  '/v1/notifications/',
  '/-/',
  '/',
  '/sign-in',
  '/sign-in/',
  '/sign-out',
  '/alerts',
  '/assets/',
  '/graph',
] as const;
