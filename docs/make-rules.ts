import { writeFileSync } from 'node:fs';
import { rulesPage } from './rules-page.ts';

/** Writes docs/rules.md from the default rule pack. */
writeFileSync(new URL('rules.md', import.meta.url), rulesPage());
