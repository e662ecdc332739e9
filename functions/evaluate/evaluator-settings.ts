import * as v from 'valibot';
import { ROLLUP_SETTINGS, TABLE_SETTINGS } from '../store/settings.ts';
import { ROUTING_SETTINGS } from './routing.ts';
import { RULE_SETTINGS } from './rules.ts';

const text = v.pipe(v.string(), v.nonEmpty());
const httpUrl = v.pipe(v.string(), v.url(), v.regex(/^https?:/, 'not an http or https address'));

/** Of the evaluator's environment. */
export const SETTINGS = {
  ...TABLE_SETTINGS,
  ...ROLLUP_SETTINGS,
  ...RULE_SETTINGS,
  ...ROUTING_SETTINGS,
  /** Where notifications end that could not be delivered. Absent: in the log alone. */
  DELIVERY_DLQ_URL: v.optional(text),
  /** Only for a local or test SNS. */
  SNS_ENDPOINT: v.optional(v.pipe(v.string(), v.url())),
  /** Only for a local or test push service: an origin that may be internal, and without TLS. */
  PUSH_SERVICE_ORIGIN: v.optional(v.pipe(v.string(), v.url())),
  /** `false`: every coming and going of an alert is told, as Alertmanager does. */
  FLAPPING_DAMPED: v.optional(
    v.pipe(
      v.picklist(['true', 'false']),
      v.transform((text) => text === 'true'),
    ),
    'true',
  ),
  /** Where people reach this Hypervigil: what links in messages begin with. */
  EXTERNAL_URL: v.optional(httpUrl),
  /** Of the deployment, for the record: names and values that are no secrets, as JSON. Absent: none. */
  DEPLOYED_SETTINGS: v.optional(
    v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.string())),
    '{}',
  ),
  /** Alertmanagers to tell of all alerts, separated by commas. */
  ALERTMANAGER_URLS: v.optional(
    v.pipe(
      v.string(),
      v.transform((list) => list.split(',').map((url) => url.trim())),
      v.array(httpUrl),
    ),
  ),
};

/** As they were read. */
export type EvaluatorSettings = Readonly<
  v.InferOutput<v.StrictObjectSchema<typeof SETTINGS, undefined>>
>;
