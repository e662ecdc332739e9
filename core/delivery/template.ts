import type { Notification } from '../alertmanager/notification-types.ts';
import { err, ok, type Result } from '../result.ts';
import { alertmanagerFunctions } from '../rules/template/alertmanager-functions.ts';
import type { TemplateNode } from '../rules/template/ast.ts';
import {
  asText,
  BUILTIN_FUNCTIONS,
  type TemplateFunction,
} from '../rules/template/builtin-functions.ts';
import { LocatedFailure, type NamedTemplates, runTemplate } from '../rules/template/evaluate.ts';
import { isEmptyTemplate, parseTemplateFile, type TemplateFile } from '../rules/template/parse.ts';
import { TemplateFailure } from '../rules/template/value.ts';
import {
  DEFAULT_TEMPLATES,
  DEFAULT_TEXT_FUNCTION,
  defaultText,
  isDefaultText,
} from './default-templates.ts';
import type { DeliveryContext } from './request.ts';
import { JSON_NAMES, templateData } from './template-data.ts';

/** Templates that the texts of a configuration may name: the defaults and those of its files. */
export interface Templates {
  readonly named: NamedTemplates;
}

type Functions = Readonly<Record<string, TemplateFunction>>;

const NO_DEFAULT_TEXT: TemplateFunction = { arity: [1, 1], call: () => '' };

const FUNCTION_NAMES: ReadonlySet<string> = new Set([
  ...['and', 'or', DEFAULT_TEXT_FUNCTION],
  ...Object.keys(BUILTIN_FUNCTIONS),
  ...Object.keys(alertmanagerFunctions(0, {})),
]);

/**
 * Reads the texts of template files; a later one may redefine what an earlier one or a default
 * defines. The error names the file by its number, from 1, and the line.
 */
export function createTemplates(files: readonly string[]): Result<Templates, string> {
  const named = new Map<string, readonly TemplateNode[]>();
  for (const [i, text] of [DEFAULT_TEMPLATES, ...files].entries()) {
    const file = parseTemplateFile(text, FUNCTION_NAMES);
    if (!file.ok) return err(`template file ${i}: line ${file.error.line}: ${file.error.message}`);
    for (const [name, nodes] of file.value.defined) {
      // As in Go, an empty template does not take the place of another.
      if (!named.has(name) || !isEmptyTemplate(nodes)) named.set(name, nodes);
    }
  }
  return ok({ named });
}

/** Reads a text of a configuration. The error says what is wrong in it, and in which line. */
export function parseText(text: string): Result<TemplateFile, string> {
  const parsed = parseTemplateFile(text, FUNCTION_NAMES);
  return parsed.ok ? parsed : err(`line ${parsed.error.line}: ${parsed.error.message}`);
}

/** Makes texts about one notification. */
export type Render = (text: string) => Result<string, string>;

/** A renderer of texts about this notification; the error says what failed, and where. */
export function createRenderer(notification: Notification, context: DeliveryContext): Render {
  const { templates, externalUrl, nowMs } = context;
  let prepared: { functions: Functions; data: ReturnType<typeof templateData> } | undefined;
  return (text) => {
    if (!text.includes('{{')) return ok(text);
    const parsed = parseText(text);
    if (!parsed.ok) return parsed;
    prepared ??= {
      functions: functionsFor(notification, externalUrl, nowMs),
      data: templateData(notification, externalUrl),
    };
    const named = new Map([...templates.named, ...parsed.value.defined]);
    try {
      return ok(runTemplate(parsed.value.nodes, prepared.data, {}, prepared.functions, named));
    } catch (problem) {
      if (!(problem instanceof LocatedFailure)) throw problem;
      return err(`at <${problem.context}>: ${problem.message}`);
    }
  };
}

function functionsFor(notification: Notification, externalUrl: string, nowMs: number): Functions {
  return {
    ...BUILTIN_FUNCTIONS,
    ...alertmanagerFunctions(nowMs, JSON_NAMES),
    [DEFAULT_TEXT_FUNCTION]: {
      ...NO_DEFAULT_TEXT,
      call: ([value]) => {
        const name = asText(value);
        if (isDefaultText(name)) return defaultText(name, notification, externalUrl);
        throw new TemplateFailure(`there is no default text ${JSON.stringify(name)}`);
      },
    },
  };
}
