import { parseArgs } from 'node:util';
import { UsageError } from '../usage-error.ts';

/** `--name NUMBER` for each of these, with what holds where it is not given. Anything else throws. */
export function numbersFrom<Name extends string>(
  args: readonly string[],
  defaults: Readonly<Record<Name, number>>,
): Record<Name, number> {
  const options = Object.fromEntries(
    Object.keys(defaults).map((name) => [name, { type: 'string' as const }]),
  );
  const { values } = parseArgs({ args: [...args], options });
  const numbers: Record<Name, number> = { ...defaults };
  for (const name of Object.keys(defaults) as Name[]) {
    const text = values[name];
    if (text === undefined) continue;
    const value = Number(text);
    if (!(value > 0))
      throw new UsageError(`--${name} must be a number above 0, not ${String(text)}`);
    numbers[name] = value;
  }
  return numbers;
}
