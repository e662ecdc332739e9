import { writeFileSync } from 'node:fs';
import { agentComments } from './agent-comments.ts';
import { agentSchema } from './agent-schema.ts';

/** Writes docs/agent.schema.json from the agent's own schema, and agent/config-comments.ts. */
writeFileSync(new URL('agent.schema.json', import.meta.url), agentSchema());
writeFileSync(new URL('../agent/config-comments.ts', import.meta.url), agentComments());
