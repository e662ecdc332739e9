import { writeFileSync } from 'node:fs';
import { settingsSchema } from './settings-schema.ts';

/** Writes docs/settings.schema.json from the settings' own schema and docs/deploy-aws.md. */
writeFileSync(new URL('settings.schema.json', import.meta.url), settingsSchema());
