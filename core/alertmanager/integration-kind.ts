import type { ConfigSection } from './config-section.ts';
import type { IntegrationSettings } from './integration-types.ts';
import type { GlobalSettings } from './parse-global.ts';

/** One kind of integration: which fields it has, and how they are read. */
export interface IntegrationKindReader {
  /** Of a receiver: `sns_configs`. */
  readonly field: string;
  /** Beside `send_resolved`. */
  readonly fields: readonly string[];
  /** Known to Alertmanager and not supported, with what to do instead. */
  readonly refused: Readonly<Record<string, string>>;
  /** Unless it says so itself. */
  readonly sendResolved: boolean;
  /** `undefined` when something needed is missing, with a problem noted. */
  readonly read: (
    section: ConfigSection,
    global: GlobalSettings,
  ) => IntegrationSettings | undefined;
}

/** Texts that may be left out: property names to the names of fields. */
export function optionalTexts<Names extends Readonly<Record<string, string>>>(
  section: ConfigSection,
  names: Names,
): { [Name in keyof Names]?: string } {
  const texts: { [Name in keyof Names]?: string } = {};
  for (const name in names) {
    const text = section.text(names[name] ?? name);
    if (text !== undefined) texts[name] = text;
  }
  return texts;
}
