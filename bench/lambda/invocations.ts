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
}

export interface InvocationReport {
  /** From the start of the process to a loaded bundle. */
  readonly initMs: number;
  readonly initCpuMs: number;
  readonly firstMs: number;
  readonly firstCpuMs: number;
  /** All calls after the first, together. */
  readonly nextMs: number;
  readonly nextCpuMs: number;
  readonly nextCalls: number;
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

const { file, events } = await readOrder();
const { handler }: Bundle = await import(pathToFileURL(file).href);
const loadedMs = performance.now();
const loadedCpuMs = cpuMs();
let last = await handler(events[0]);
const firstMs = performance.now();
const firstCpuMs = cpuMs();
for (const event of events.slice(1)) last = await handler(event);
const report: InvocationReport = {
  initMs: loadedMs,
  initCpuMs: loadedCpuMs,
  firstMs: firstMs - loadedMs,
  firstCpuMs: firstCpuMs - loadedCpuMs,
  nextMs: performance.now() - firstMs,
  nextCpuMs: cpuMs() - firstCpuMs,
  nextCalls: events.length - 1,
  rssBytes: process.memoryUsage.rss(),
  statusCode: last?.statusCode,
};
process.stdout.write(`${JSON.stringify(report)}\n`);
process.exit();
