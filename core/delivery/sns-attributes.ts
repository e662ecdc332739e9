import type { SnsAttribute } from './request.ts';
import { cutBytes, oneLine, plainText } from './shorten.ts';

const VALUES_MAX = 20;
const VALUE_MAX_BYTES = 256;
const ATTRIBUTES_MAX = 32;

/**
 * Message attributes, which subscription filters look at; several values become an array, of which a
 * filter may match any. What SNS would refuse is left out: empty values and unfit names.
 */
export function snsAttributes(
  values: Readonly<Record<string, readonly string[]>>,
): Record<string, SnsAttribute> {
  const attributes: Record<string, SnsAttribute> = {};
  for (const [name, given] of Object.entries(values).slice(0, ATTRIBUTES_MAX)) {
    const fit = given.map((value) => cutBytes(oneLine(plainText(value)), VALUE_MAX_BYTES));
    const [first, ...others] = new Set(fit.filter((value) => value !== ''));
    if (first === undefined || !isAttributeName(name)) continue;
    const all = [first, ...others].slice(0, VALUES_MAX);
    attributes[name] =
      others.length === 0
        ? { DataType: 'String', StringValue: first }
        : { DataType: 'String.Array', StringValue: JSON.stringify(all) };
  }
  return attributes;
}

/** Source: docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html. */
function isAttributeName(name: string): boolean {
  if (!/^[\w.-]{1,256}$/.test(name) || /^(AWS|Amazon)\./i.test(name)) return false;
  return !name.startsWith('.') && !name.endsWith('.') && !name.includes('..');
}
