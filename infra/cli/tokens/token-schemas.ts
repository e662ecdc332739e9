import * as v from 'valibot';

const common = { id: v.string(), createdAt: v.string(), state: v.string() };

/** Tokens as the API tells of them. */
export const ApiToken = v.object({
  ...common,
  name: v.string(),
  kind: v.string(),
  owner: v.optional(v.string()),
  role: v.string(),
  areas: v.optional(v.array(v.string())),
  by: v.optional(v.string()),
  endsAt: v.optional(v.string()),
});
export const EnrolmentToken = v.object({
  ...common,
  uses: v.number(),
  usesLeft: v.number(),
  hosts: v.optional(v.string()),
  reEnrol: v.boolean(),
  endsAt: v.string(),
});
export type ApiToken = v.InferOutput<typeof ApiToken>;
export type EnrolmentToken = v.InferOutput<typeof EnrolmentToken>;

export const ApiTokens = v.object({ data: v.array(ApiToken) });
export const EnrolmentTokens = v.object({ data: v.array(EnrolmentToken) });
export const Made = v.object({
  data: v.object({ id: v.string(), token: v.string(), endsAt: v.string() }),
});
export const Ended = v.object({ status: v.literal('success') });
