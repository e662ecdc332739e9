import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { MINUTE_MS } from '../../core/host-minute.ts';
import {
  type Labels,
  labelsFrom,
  labelsKey,
  METRIC_NAME,
  withLabels,
} from '../../core/series/labels.ts';
import { type Series, setStaleAt } from '../../core/series/series.ts';
import {
  type Running,
  type RunningPrometheus,
  startAlertmanager,
  startPrometheus,
  startWebhook,
} from './programs.ts';
import { scaledDuration, scaledRouting, scaledRules } from './time-scale.ts';
import { type Told, toldByWebhook } from './told.ts';
import { type HostStory, isReachable, readingsAt, SAMPLE_MS, type World } from './world.ts';

const RULES = new URL('../../rules/', import.meta.url);

/** The routings that a Prometheus is asked to tell: the shipped one, and one that waits as Alertmanager does by default. */
export const ROUTINGS = { shipped: undefined, waiting: '30s' } as const;

export type RoutingName = keyof typeof ROUTINGS;

export interface TheirRun {
  /** By routing, then by the world's name. */
  readonly told: Readonly<Record<RoutingName, ReadonlyMap<string, readonly Told[]>>>;
  /** Whether the machine kept up: if not, the numbers say something of it and not of the programs. */
  readonly quality: {
    /** The most that samples came late, in seconds of the world. */
    readonly lateSeconds: number;
    readonly missedEvaluations: number;
    readonly failedEvaluations: number;
  };
}

/**
 * What people are told of these worlds by a real Prometheus and a real Alertmanager. The worlds begin
 * at once and run `speed` times as fast as the clock. A sample reaches Prometheus at once.
 */
export async function runTheirs(worlds: readonly World[], speed: number): Promise<TheirRun> {
  const told = { shipped: newTold(worlds), waiting: newTold(worlds) };
  let startMs = Number.POSITIVE_INFINITY;
  const running: Running[] = [];
  try {
    const webhook = await startWebhook((path, body) => {
      const routing = path === '/shipped' ? 'shipped' : 'waiting';
      const minute = ((Date.now() - startMs) * speed) / MINUTE_MS;
      const { world, told: message } = toldByWebhook(body, minute);
      // What a world's end does is nobody's story.
      const its = worlds.find(({ name }) => name === world);
      if (its !== undefined && minute <= its.minutes) told[routing].get(world)?.push(message);
    });
    running.push(webhook);
    const targets: string[] = [];
    for (const [name, groupWait] of Object.entries(ROUTINGS)) {
      const changes = {
        webhook: `${webhook.url}/${name}`,
        groupBy: 'world',
        ...(groupWait === undefined ? {} : { groupWait }),
      };
      const alertmanager = await startAlertmanager(
        scaledRouting(readFileSync(new URL('alertmanager.yaml', RULES), 'utf8'), speed, changes),
      );
      running.push(alertmanager);
      targets.push(alertmanager.url.replace('http://', ''));
    }
    const prometheus = await startPrometheus(filesFor(targets, speed), flagsFor(speed));
    running.push(prometheus);
    startMs = Math.ceil(Date.now() / 1000) * 1000 + 1000;
    const lateSeconds = await play(worlds, prometheus, startMs, speed);
    const quality = {
      lateSeconds,
      missedEvaluations: await prometheus.count('prometheus_rule_group_iterations_missed_total'),
      failedEvaluations: await prometheus.count('prometheus_rule_evaluation_failures_total'),
    };
    return { told, quality };
  } finally {
    for (const one of running.reverse()) await one.stop();
  }
}

function newTold(worlds: readonly World[]): Map<string, Told[]> {
  return new Map(worlds.map(({ name }) => [name, []]));
}

function filesFor(alertmanagers: readonly string[], speed: number): Record<string, string> {
  const shipped = readdirSync(RULES).filter((name) => name.endsWith('.rules.yaml'));
  const texts = shipped.map((name) => [name, new URL(name, RULES)] as const);
  const all = [
    ...texts,
    ['plain.rules.yaml', new URL('plain.rules.yaml', import.meta.url)] as const,
  ];
  const config = {
    global: { evaluation_interval: scaledDuration('1m', speed) },
    rule_files: ['*.rules.yaml'],
    alerting: { alertmanagers: [{ static_configs: [{ targets: alertmanagers }] }] },
  };
  return {
    'prometheus.yml': stringify(config),
    ...Object.fromEntries(
      all.map(([name, url]) => [name, scaledRules(readFileSync(url, 'utf8'), speed)]),
    ),
  };
}

function flagsFor(speed: number): string[] {
  return [
    `--query.lookback-delta=${scaledDuration('5m', speed)}`,
    `--rules.alert.resend-delay=${scaledDuration('1m', speed)}`,
  ];
}

/** Writes the samples of all worlds as their time comes, every 10 s as an agent measures; the answer is how late it got, seconds of the world. */
async function play(
  worlds: readonly World[],
  prometheus: RunningPrometheus,
  startMs: number,
  speed: number,
): Promise<number> {
  const scrapes = worlds.flatMap(({ name, minutes, hosts }) =>
    Object.entries(hosts).map(([host, story]) => createScrape(name, host, story, minutes)),
  );
  const endMs = Math.max(...worlds.map(({ minutes }) => minutes)) * MINUTE_MS;
  let lateMs = 0;
  for (let stepMs = 0; stepMs < endMs; stepMs += SAMPLE_MS) {
    const dueMs = startMs + stepMs / speed;
    await sleep(Math.max(0, dueMs - Date.now()));
    const series = scrapes.flatMap((scrape) =>
      scrape(stepMs).map(({ labels, value }) => seriesOf(labels, value, Math.round(dueMs))),
    );
    if (series.length > 0) await prometheus.write(series);
    lateMs = Math.max(lateMs, (Date.now() - dueMs) * speed);
  }
  return lateMs / 1000;
}

type Value = number | 'ended';

/**
 * What Prometheus stores when it scrapes a host: its readings and `up`, and that those series have
 * ended which it does not find any more, all of them when it finds nobody. Nothing between two scrapes.
 */
function createScrape(
  world: string,
  host: string,
  story: HostStory,
  minutes: number,
): (atMs: number) => { labels: Labels; value: Value }[] {
  const up = labelsFrom({ [METRIC_NAME]: 'up', job: 'agent', host, world });
  let present = new Map<string, Labels>();
  return (atMs) => {
    const minute = atMs / MINUTE_MS;
    if (minute > minutes) return [];
    const readings = isReachable(story, minute) ? readingsAt(host, story, minute) : undefined;
    const found = (readings ?? []).map(({ labels, value }) => ({
      labels: withLabels(labels, { job: 'agent', world }),
      value,
    }));
    const now = new Map(found.map(({ labels }) => [labelsKey(labels), labels]));
    const ended = [...present].filter(([key]) => !now.has(key));
    present = now;
    return [
      ...found,
      ...ended.map(([, labels]) => ({ labels, value: 'ended' as const })),
      { labels: up, value: readings === undefined ? 0 : 1 },
    ];
  };
}

function seriesOf(labels: Labels, value: Value, atMs: number): Series {
  const values = Float64Array.of(value === 'ended' ? 0 : value);
  if (value === 'ended') setStaleAt(values, 0);
  return { labels, timestamps: Float64Array.of(atMs), values };
}
