import type { IntegrationSettings } from '../alertmanager/integration-types.ts';
import { err, ok, type Result } from '../result.ts';
import type { TemplateNode } from '../rules/template/ast.ts';
import type { NamedTemplates } from '../rules/template/evaluate.ts';
import { parseText, type Templates } from './template.ts';

/** Settings of these kinds that are templates, beside `attributes` and `details`. */
const TEMPLATE_SETTINGS: Readonly<Record<IntegrationSettings['kind'], readonly string[]>> = {
  sns: ['subject', 'message'],
  webhook: [],
  slack: [
    ...['channel', 'color', 'title', 'titleLink', 'pretext', 'text', 'fallback'],
    ...['username', 'iconEmoji', 'iconUrl'],
  ],
  msteams: ['title', 'summary', 'text'],
  msteamsv2: ['title', 'text'],
  pagerduty: [
    ...['client', 'clientUrl', 'description', 'severity', 'class', 'component', 'group'],
    'source',
  ],
  ntfy: ['title', 'message'],
};

/**
 * Can the templates of an integration be read, and is there every template that they name? The error
 * names the setting and the line. Better now than when an alert fires.
 */
export function checkTexts(
  settings: IntegrationSettings,
  templates: Templates,
): Result<void, string> {
  for (const [name, text] of textsOf(settings)) {
    const parsed = parseText(text);
    if (!parsed.ok) return err(`${name}: ${parsed.error}`);
    const named = new Map([...templates.named, ...parsed.value.defined]);
    const missing = missingTemplate(parsed.value.nodes, named, new Set());
    if (missing !== undefined)
      return err(`${name}: template ${JSON.stringify(missing)} is defined nowhere`);
  }
  return ok(undefined);
}

function textsOf(settings: IntegrationSettings): [string, string][] {
  const wanted = new Set(TEMPLATE_SETTINGS[settings.kind]);
  const own = Object.entries(settings).flatMap(([name, value]): [string, string][] =>
    wanted.has(name) && typeof value === 'string' ? [[name, value]] : [],
  );
  if (settings.kind === 'sns') return [...own, ...Object.entries(settings.attributes)];
  return settings.kind === 'pagerduty' ? [...own, ...Object.entries(settings.details)] : own;
}

/** The first template that these nodes name, or those that they name, and that is not there. */
function missingTemplate(
  nodes: readonly TemplateNode[],
  named: NamedTemplates,
  seen: Set<string>,
): string | undefined {
  for (const node of nodes) {
    if (node.kind === 'if' || node.kind === 'with' || node.kind === 'range') {
      const inside = missingTemplate([...node.body, ...node.otherwise], named, seen);
      if (inside !== undefined) return inside;
    }
    if (node.kind !== 'template' || seen.has(node.name)) continue;
    seen.add(node.name);
    const body = named.get(node.name);
    if (body === undefined) return node.name;
    const inside = missingTemplate(body, named, seen);
    if (inside !== undefined) return inside;
  }
  return undefined;
}
