/** What is not measured and not published, but has to be said. All of it is printed with the bill. */

/** As AWS counts: 730 hours. */
export const HOURS_PER_MONTH = 730;
export const MINUTES_PER_MONTH = HOURS_PER_MONTH * 60;

/** DynamoDB: what each item takes beside its own bytes. Source: its pricing page. */
export const ITEM_OVERHEAD_BYTES = 100;

/** Lambda gives one vCPU with so much memory. Source: "Configure Lambda function memory", Lambda guide. */
export const MB_PER_VCPU = 1769;

/** One call of DynamoDB within the region, as a warm function sees it. */
export const TABLE_LATENCY_MS = 5;

/** What a function reads from the table, at most; so a read of the fleet takes time too. */
const NETWORK_BYTES_PER_MS = 75_000;

/** A read unit is at most 8 KB of an eventually consistent Query. */
export const MS_PER_READ_UNIT = 8192 / NETWORK_BYTES_PER_MS;

/** CPU of Lambda's own runtime for each call. */
export const RUNTIME_CPU_MS = 0.5;

/** How long Lambda keeps a function warm that is called all the time. */
export const WARM_HOURS = 2;

/** Ingest is called more than once at a time now and then: so many of it are warm. */
export const INGEST_INSTANCES = 4;

/** Alerts and their ends, for each 1,000 hosts a day; each is an email to two people. */
export const ALERTS_PER_1000_HOSTS_DAY = 20;
export const MESSAGES_PER_ALERT = 2;
export const EMAILS_PER_MESSAGE = 2;
/** An email as SNS sends it. */
export const EMAIL_BYTES = 3000;

/** AWS-managed keys are asked for every five minutes by each client of the table and the topics. */
export const KMS_REQUESTS_PER_HOUR = 12 * 4;

/** A dashboard: hours a month that a person looks at it, its panels, and seconds between refreshes (docs/query-cost.md). */
export const VIEWER_HOURS = 8 * 22;
export const PANELS = 10;
export const REFRESH_SECONDS = 30;
