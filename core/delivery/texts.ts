import type { Notification } from '../alertmanager/notification-types.ts';
import { type DefaultText, defaultText } from './default-templates.ts';
import type { DeliveryContext } from './request.ts';
import { cutChars } from './shorten.ts';
import { createRenderer } from './template.ts';

/** The texts of one message. A person would rather have a plain message than none. */
export interface Texts {
  /** The setting's template, or the default; where a template fails, the default text as built in. */
  readonly text: (template: string | undefined, name: DefaultText) => string;
  /** A template that has no default; `''` where it is absent or fails. */
  readonly optional: (template: string | undefined, setting: string) => string;
  /** A sentence for each template that has failed so far, to stand below the message; else `''`. */
  readonly failures: () => string;
}

const FAILURE_MAX_CHARS = 300;

export function createTexts(notification: Notification, context: DeliveryContext): Texts {
  const render = createRenderer(notification, context);
  const failed: string[] = [];
  const fail = (what: string, problem: string) =>
    failed.push(cutChars(`The template of ${what} failed: ${problem}`, FAILURE_MAX_CHARS));
  return {
    text: (template, name) => {
      const rendered = render(template ?? `{{ template "${name}" . }}`);
      if (rendered.ok) return rendered.value;
      fail(name, rendered.error);
      return defaultText(name, notification, context.externalUrl);
    },
    optional: (template, setting) => {
      const rendered = render(template ?? '');
      if (rendered.ok) return rendered.value;
      fail(setting, rendered.error);
      return '';
    },
    failures: () => (failed.length === 0 ? '' : `\n\n${failed.join('\n')}`),
  };
}
