import { writeFileSync } from 'node:fs';
import { metricsPage } from './metrics-page.ts';

/** `npm run docs`: writes docs/metrics.md from the catalogue. */
writeFileSync(new URL('metrics.md', import.meta.url), metricsPage());
