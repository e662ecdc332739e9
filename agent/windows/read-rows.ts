import * as v from 'valibot';
import { err, ok, type Result } from '../../core/result.ts';
import type { CimClass } from './cim.ts';
import type { AskError, PowerShell } from './powershell.ts';

/**
 * Twice what WMI itself is given: only a PowerShell that hangs takes longer. A sample does not wait
 * so long; a collector that is late misses it and goes on with the next.
 */
export const ANSWER_WITHIN_MS = 20_000;

/** The instances of a class. */
export async function readRows<Entries extends v.ObjectEntries>(
  powerShell: PowerShell,
  { script, rows }: CimClass<Entries>,
): Promise<Result<readonly v.InferOutput<v.ObjectSchema<Entries, undefined>>[], AskError>> {
  const answer = await powerShell.ask(script, ANSWER_WITHIN_MS);
  if (!answer.ok) return answer;
  const read = v.safeParse(rows, answer.value);
  if (read.success) return ok(read.output);
  const [issue] = read.issues;
  const path = v.getDotPath(issue) ?? '';
  return err({ code: 'garbage', kind: '', message: `${path}: ${issue.message}` });
}

/** The instances of a class that is always there; throws with the reason. */
export async function rowsOf<Entries extends v.ObjectEntries>(
  powerShell: PowerShell,
  of: CimClass<Entries>,
): Promise<readonly v.InferOutput<v.ObjectSchema<Entries, undefined>>[]> {
  const read = await readRows(powerShell, of);
  if (!read.ok) throw new Error(read.error.message);
  return read.value;
}

/**
 * Has this Windows no such class, or no namespace for it? By the names and numbers of the error, the
 * same in every language: WBEM_E_INVALID_CLASS and WBEM_E_INVALID_NAMESPACE.
 */
export function isMissingClass({ kind }: AskError): boolean {
  return /^(InvalidClass|InvalidNamespace|5|3)$|0x80041010|0x8004100e/i.test(kind);
}
