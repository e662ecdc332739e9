import * as v from 'valibot';

/** Answers of Alertmanager's API v2, of Prometheus' about alerts, and of ours. */

const texts = v.record(v.string(), v.string());
const time = v.pipe(
  v.string(),
  v.transform((text) => Date.parse(text)),
  v.number('not a time'),
);
/** Go writes an empty list as null. */
const list = v.pipe(
  v.nullish(v.array(v.string()), []),
  v.transform((all): readonly string[] => all),
);

/** An alert that fires, `GET /api/v2/alerts`. Times become ms since 1970. */
export const FiringAlert = v.object({
  fingerprint: v.string(),
  labels: texts,
  annotations: texts,
  startsAt: time,
  updatedAt: time,
  receivers: v.array(v.object({ name: v.string() })),
  generatorURL: v.optional(v.string(), ''),
  status: v.object({
    state: v.string(),
    silencedBy: list,
    inhibitedBy: list,
    mutedBy: list,
  }),
  acknowledgement: v.exactOptional(
    v.object({ by: v.string(), note: v.string(), at: time, until: time }),
  ),
});
export type FiringAlert = v.InferOutput<typeof FiringAlert>;
export const FiringAlerts = v.array(FiringAlert);

/** `GET /api/v1/alerts`: pending and firing. */
export const RuleAlerts = v.object({
  data: v.object({
    alerts: v.array(
      v.object({
        labels: texts,
        annotations: texts,
        state: v.string(),
        activeAt: time,
        value: v.string(),
      }),
    ),
  }),
});
export type RuleAlert = v.InferOutput<typeof RuleAlerts>['data']['alerts'][number];

/** `GET /api/v2/silences`. */
export const Silences = v.array(
  v.object({
    id: v.string(),
    status: v.object({ state: v.picklist(['active', 'pending', 'expired']) }),
    matchers: v.array(
      v.object({
        name: v.string(),
        value: v.string(),
        isRegex: v.boolean(),
        isEqual: v.optional(v.boolean(), true),
      }),
    ),
    startsAt: time,
    endsAt: time,
    createdBy: v.string(),
    comment: v.string(),
  }),
);
export type Silence = v.InferOutput<typeof Silences>[number];

/** `POST /api/v2/silences`. */
export const SilenceMade = v.object({ silenceID: v.string() });

/** What is answered without a body. */
export const Nothing = v.unknown();

/** `POST` and `DELETE /v1/acknowledgements`. */
export const Acknowledgements = v.object({
  data: v.array(
    v.object({
      fingerprint: v.string(),
      labels: texts,
      by: v.string(),
      note: v.string(),
      until: time,
    }),
  ),
});
