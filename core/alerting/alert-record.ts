import * as v from 'valibot';
import { floatSchema } from '../alertmanager/notified-alert-schema.ts';

/** How an alert is kept between ticks; its labels are beside it. */
export const alertRecordSchema = v.object({
  annotations: v.record(v.string(), v.string()),
  state: v.picklist(['pending', 'firing', 'inactive']),
  value: floatSchema,
  activeAtMs: v.number(),
  firedAtMs: v.exactOptional(v.number()),
  resolvedAtMs: v.exactOptional(v.number()),
  keepFiringSinceMs: v.exactOptional(v.number()),
  noDataSinceMs: v.exactOptional(v.number()),
  lastSentMs: v.exactOptional(v.number()),
});
