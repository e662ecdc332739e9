import type { ConfigOptions } from '../alertmanager/config-section.ts';
import type { AlertmanagerConfig } from '../alertmanager/config-types.ts';
import type { Escalation } from '../alertmanager/escalation.ts';
import { parseAlertmanagerConfig } from '../alertmanager/parse-config.ts';
import { parseEscalations } from '../alertmanager/parse-escalations.ts';
import { integrationName } from '../alertmanager/tell.ts';
import { formatRuleFileError } from '../rules/rule-file.ts';
import { checkTexts } from './check-texts.ts';
import { createTemplates, type Templates } from './template.ts';

export const ROUTING_FILE = 'alertmanager.yaml';
export const ESCALATIONS_FILE = 'escalations.yaml';

/** Who is told of what, and in what words. */
export interface RoutingFiles {
  readonly config: AlertmanagerConfig;
  readonly escalations: readonly Escalation[];
  readonly templates: Templates;
}

/** How the files are called in what is said of them. */
interface FileNames {
  readonly routing: string;
  readonly escalations: string;
}

const FILE_NAMES: FileNames = { routing: ROUTING_FILE, escalations: ESCALATIONS_FILE };

/**
 * Reads the routing and, where there are some, the escalations. A line for each thing wrong; `files`
 * is what is usable all the same: absent only when the routing itself can't be read.
 */
export function readRoutingFiles(
  routing: string,
  escalations: string | undefined,
  options: ConfigOptions,
  names = FILE_NAMES,
): { readonly files?: RoutingFiles; readonly errors: readonly string[] } {
  const parsed = parseAlertmanagerConfig(routing, names.routing, options);
  if (!parsed.ok) return { errors: parsed.error.map(formatRuleFileError) };
  const config = parsed.value;
  const templates = createTemplates(config.templates);
  const steps = parseEscalations(escalations ?? '', names.escalations, config);
  const errors = [
    ...(templates.ok
      ? textErrors(config, templates.value).map((error) => `${names.routing}: ${error}`)
      : [`${names.routing}: templates: ${templates.error}`]),
    ...(steps.ok ? [] : steps.error.map(formatRuleFileError)),
  ];
  const files = {
    config,
    escalations: steps.ok ? steps.value : [],
    templates: templates.ok ? templates.value : defaultTemplates(),
  };
  return { files, errors };
}

function textErrors({ receivers }: AlertmanagerConfig, templates: Templates): string[] {
  return [...receivers.values()].flatMap(({ name, integrations }) =>
    integrations.flatMap((integration) => {
      const texts = checkTexts(integration.settings, templates);
      return texts.ok
        ? []
        : [`receiver "${name}", ${integrationName(integration)}: ${texts.error}`];
    }),
  );
}

/** Messages in plain words are better than none. */
function defaultTemplates(): Templates {
  const templates = createTemplates([]);
  if (!templates.ok) throw new Error(templates.error);
  return templates.value;
}
