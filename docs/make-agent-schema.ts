import { writeFileSync } from 'node:fs';
import { agentSchema } from './agent-schema.ts';

/** Writes docs/agent.schema.json from the agent's own schema. */
writeFileSync(new URL('agent.schema.json', import.meta.url), agentSchema());
