/*
 * Run in a fresh process: loads a Lambda's bundle, calls its handler some times with one event, and prints
 * what each step took as one line of JSON.
 */
import { pathToFileURL } from 'node:url';

/** On standard input, as JSON. */
export interface InvocationOrder {
  /** The bundle's file. */
  readonly file: string;
  /** One for each call, in order; the first ends the cold start. */
  readonly events: readonly unknown[];
  /** So many after it are the next calls. Of more, the last hundred tell of a steady state. */
  readonly nextCalls: number;
}

export interface InvocationReport {
  /** From the start of the process to a loaded bundle. */
  readonly initMs: number;
  readonly initCpuMs: number;
  readonly firstMs: number;
  readonly firstCpuMs: number;
  /** The calls after the first, together. */
  readonly nextMs: number;
  readonly nextCpuMs: number;
  readonly nextCalls: number;
  /** A call when thousands are done; absent if there were not. */
  readonly steadyCpuMs?: number;
  readonly rssBytes: number;
  /** Of the last call, if it has one: tells whether it worked. */
  readonly statusCode: number | undefined;
}

interface Bundle {
  readonly handler: (event: unknown) => Promise<{ readonly statusCode?: number } | undefined>;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function readOrder(): Promise<InvocationOrder> {
  let text = '';
  for await (const part of process.stdin.setEncoding('utf8')) text += part;
  return JSON.parse(text);
}

const STEADY_CALLS = 100;

const { file, events, nextCalls } = await readOrder();
const { handler }: Bundle = await import(pathToFileURL(file).href);
const loadedMs = performance.now();
const loadedCpuMs = cpuMs();
let last = await handler(events[0]);
const firstMs = performance.now();
const firstCpuMs = cpuMs();
for (const event of events.slice(1, 1 + nextCalls)) last = await handler(event);
const nextMs = performance.now() - firstMs;
const nextCpuMs = cpuMs() - firstCpuMs;
const rest = events.slice(1 + nextCalls);
for (const event of rest.slice(0, -STEADY_CALLS)) last = await handler(event);
const steadyFromCpuMs = cpuMs();
for (const event of rest.slice(-STEADY_CALLS)) last = await handler(event);
const steadyCpuMs = (cpuMs() - steadyFromCpuMs) / STEADY_CALLS;
const report: InvocationReport = {
  initMs: loadedMs,
  initCpuMs: loadedCpuMs,
  firstMs: firstMs - loadedMs,
  firstCpuMs: firstCpuMs - loadedCpuMs,
  nextMs,
  nextCpuMs,
  nextCalls,
  ...(rest.length > STEADY_CALLS ? { steadyCpuMs } : {}),
  rssBytes: process.memoryUsage.rss(),
  statusCode: last?.statusCode,
};
process.stdout.write(`${JSON.stringify(report)}\n`);
process.exit();
