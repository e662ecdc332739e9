/**
 * All prices, in US dollars, and where each was published. Without the free tier, taxes and discounts.
 * Prices change: look at the date.
 */

export const PRICES_REGION = 'us-east-1';
/** When they were last compared with their sources. */
export const PRICES_DATE = '2026-11-23';

/** A price that falls with the amount: `each` up to so many, then the next one. The last has no end. */
export type Tiers = readonly { readonly upTo: number; readonly each: number }[];

const MILLION = 1e6;

/** Source: https://aws.amazon.com/dynamodb/pricing/on-demand/ (standard table class). */
export const DYNAMODB = {
  writeUnit: 0.625 / MILLION,
  readUnit: 0.125 / MILLION,
  storedGbMonth: 0.25,
  /** Continuous backup (point-in-time recovery), by the size of the table. */
  backupGbMonth: 0.2,
};

/** Source: https://aws.amazon.com/lambda/pricing/ (arm64, the first 7.5 billion GB-seconds a month). */
export const LAMBDA = {
  request: 0.2 / MILLION,
  gbSecond: 0.0000133334,
};

/** Source: https://aws.amazon.com/eventbridge/pricing/ (Scheduler). */
export const SCHEDULER = { invocation: 1 / MILLION };

/** Source: https://aws.amazon.com/sns/pricing/ (standard topics). */
export const SNS = { publish: 0.5 / MILLION, email: 2 / 100_000 };

/** Source: https://aws.amazon.com/kms/pricing/. */
export const KMS = { request: 0.03 / 10_000 };

/** Source: https://aws.amazon.com/cloudwatch/pricing/. */
export const CLOUDWATCH = {
  logsIngestedGb: 0.5,
  logsStoredGbMonth: 0.03,
  /** Each metric that an alarm looks at, once a minute or less often. */
  alarmMetric: 0.1,
  dashboard: 3,
  /** Each custom metric, a name with its dimensions, at any resolution. */
  metric: [
    { upTo: 10_000, each: 0.3 },
    { upTo: 250_000, each: 0.1 },
    { upTo: 1_000_000, each: 0.05 },
    { upTo: Number.POSITIVE_INFINITY, each: 0.02 },
  ] satisfies Tiers,
  /** PutMetricData: at most 1,000 metrics each. */
  apiRequest: 0.01 / 1000,
};

/** From AWS to the Internet. Source: https://aws.amazon.com/ec2/pricing/on-demand/#Data_Transfer. */
export const TRANSFER = {
  outGb: [
    { upTo: 10_240, each: 0.09 },
    { upTo: 51_200, each: 0.085 },
    { upTo: 153_600, each: 0.07 },
    { upTo: Number.POSITIVE_INFINITY, each: 0.05 },
  ] satisfies Tiers,
};

/** Source: https://aws.amazon.com/prometheus/pricing/. */
export const MANAGED_PROMETHEUS = {
  ingestedSample: [
    { upTo: 2e9, each: 0.9 / 10_000_000 },
    { upTo: 252e9, each: 0.35 / 10_000_000 },
    { upTo: Number.POSITIVE_INFINITY, each: 0.16 / 10_000_000 },
  ] satisfies Tiers,
  storedGbMonth: 0.03,
  queriedSample: 0.1 / 1e9,
};

/** Source: https://www.datadoghq.com/pricing/list/ (Infrastructure Pro, billed annually). */
export const DATADOG = {
  host: 15,
  includedMetricsPerHost: 100,
  customMetric: 5 / 100,
};

/** What an amount costs where the price falls with it. */
export function tiered(tiers: Tiers, amount: number): number {
  let [sum, from] = [0, 0];
  for (const { upTo, each } of tiers) {
    sum += Math.max(0, Math.min(amount, upTo) - from) * each;
    from = upTo;
  }
  return sum;
}
