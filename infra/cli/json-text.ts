import { jsonNumber } from '../../core/alertmanager/notified-alert-schema.ts';

/** JSON for programs, indented; NaN and infinities are words. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, jsonNumber, 2);
}
