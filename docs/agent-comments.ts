import { readFileSync } from 'node:fs';

/**
 * The text of agent/config-comments.ts: docs/agent.yaml as a module, as the agent is one file that has
 * no other beside it. Without the first line, which says where this repository's schema is.
 */
export function agentComments(): string {
  const yaml = readFileSync(new URL('agent.yaml', import.meta.url), 'utf8');
  const escaped = yaml.slice(yaml.indexOf('\n') + 1).replaceAll(/[\\`]|\$\{/g, String.raw`\$&`);
  return `/** A configuration that sets nothing and explains everything. Made of docs/agent.yaml by \`npm run docs\`. */
export const CONFIG_COMMENTS = \`${escaped}\`;
`;
}
