import { signal } from '@preact/signals';
import { readSetting, writeSetting } from '../app/settings.ts';

/** As BCP 47 names them. */
export type Language = 'en' | 'zh-CN';

export const LANGUAGES: readonly Language[] = ['en', 'zh-CN'];

interface Text {
  readonly en: string;
  readonly zh: string;
}

interface Template<Args extends readonly unknown[]> {
  readonly en: (...args: Args) => string;
  readonly zh: (...args: Args) => string;
}

/** Texts in both languages: a type error where one is missing. They stand beside the page that shows them. */
export function messages<const Table extends Readonly<Record<string, Text | Template<never[]>>>>(
  table: Table,
): Table {
  return table;
}

const KEY = 'language';

/** What was chosen here, else what the browser asks for first of what there is. */
function firstLanguage(): Language {
  const chosen = readSetting(KEY);
  if (chosen === 'en' || chosen === 'zh-CN') return chosen;
  const wanted = globalThis.navigator?.languages ?? [];
  const found = wanted.find((tag) => /^(en|zh)\b/i.test(tag));
  return found !== undefined && /^zh/i.test(found) ? 'zh-CN' : 'en';
}

/** In which language texts are shown; what reads it is rendered anew when it changes. */
export const language = signal<Language>(firstLanguage());

/** Chooses a language, for this device. */
export function chooseLanguage(chosen: Language): void {
  language.value = chosen;
  writeSetting(KEY, chosen);
}

/** A text in the language of now; what it takes follows the message. */
export function t(message: Text): string;
export function t<Args extends readonly unknown[]>(message: Template<Args>, ...args: Args): string;
export function t(message: Text | Template<unknown[]>, ...args: unknown[]): string {
  const text = language.value === 'en' ? message.en : message.zh;
  return typeof text === 'string' ? text : text(...args);
}

/** `1 host`, `3 hosts`: English words by number; the plural is the word with an "s" where none is given. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
