import * as v from 'valibot';

/** JSON has no NaN or infinity; those are written as words (`jsonNumber`). */
export const floatSchema = v.union([
  v.number(),
  v.pipe(v.picklist(['NaN', 'Infinity', '-Infinity']), v.transform(Number)),
]);

/** A replacer for `JSON.stringify` that writes what `floatSchema` reads. */
export function jsonNumber(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

const texts = v.record(v.string(), v.string());

export const notifiedAlertSchema = v.object({
  status: v.picklist(['firing', 'resolved']),
  fingerprint: v.string(),
  labels: texts,
  annotations: texts,
  value: floatSchema,
  expr: v.exactOptional(v.string()),
  startsAtMs: v.number(),
  activeAtMs: v.exactOptional(v.number()),
  endsAtMs: v.exactOptional(v.number()),
  generatorUrl: v.string(),
  noDataSinceMs: v.exactOptional(v.number()),
  flapping: v.exactOptional(
    v.object({ times: v.number(), sinceMs: v.number(), quietMs: v.number() }),
  ),
});

export const notificationSchema = v.object({
  id: v.string(),
  receiver: v.string(),
  integration: v.string(),
  groupKey: v.string(),
  groupLabels: texts,
  status: v.picklist(['firing', 'resolved']),
  alerts: v.array(notifiedAlertSchema),
  atMs: v.number(),
  repeated: v.boolean(),
  escalatedFrom: v.exactOptional(v.string()),
});
