import { toJsonSchema } from '@valibot/to-json-schema';
import { SettingsSchema } from '../agent/config-schema.ts';

/** The text of docs/agent.schema.json: what editors complete and check the agent's configuration with. */
export function agentSchema(): string {
  // Times and addresses are checked and turned into other types; a file has them as texts.
  const schema = toJsonSchema(SettingsSchema, { typeMode: 'input', errorMode: 'ignore' });
  const { $schema, ...rest } = schema;
  const title = 'Configuration of the Hypervigil agent';
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}
