import { join } from 'node:path';
import { welcomeLink } from '../../core/answers/welcome-link.ts';
import type { EvaluateReport } from '../../functions/evaluate/evaluate.ts';
import type { PublishedMessage } from './sns-publish.ts';
import { alertViews } from './terminal/alerts.ts';
import type { LatestOfHost } from './terminal/latest.ts';
import { hostSummary, logLine, messageLines } from './terminal/plain-log.ts';
import { openScreen } from './terminal/screen.ts';
import {
  type MessageView,
  type ViewState,
  withHost,
  withMessage,
  withProblem,
} from './terminal/view-state.ts';

/** Tells the person at the terminal what happens: as a live view, or as log lines. */
export interface Reporter {
  readonly listening: (url: string) => void;
  readonly batch: (host: string, latest: LatestOfHost) => void;
  readonly message: (message: PublishedMessage) => void;
  readonly tick: (report: EvaluateReport, tookMs: number) => void;
  /** What is wrong at a place; `undefined`: nothing any more. */
  readonly problem: (where: string, problem: string | undefined) => void;
  /** The agent of this machine printed a line. */
  readonly agentLine: (line: string) => void;
  readonly close: () => void;
}

export interface ReporterOptions {
  readonly live: boolean;
  readonly output: typeof process.stdout;
  readonly first: ViewState;
  readonly nowMs: () => number;
}

/** In a log, a host's numbers once a minute are enough. */
const SUMMARY_EVERY_MS = 60_000;

export function createReporter({ live, output, first, nowMs }: ReporterOptions): Reporter {
  let state = first;
  const screen = live ? openScreen(output, state) : undefined;
  const summarizedMs = new Map<string, number>();
  const change = (next: ViewState) => {
    state = next;
    screen?.show(next);
  };
  const log = (lines: readonly string[]) => {
    if (screen === undefined && lines.length > 0) output.write(`${lines.join('\n')}\n`);
  };

  return {
    listening: (url) => {
      change({ ...state, url });
      const { rules, dataPath, mailTo, token } = state;
      const mail = mailTo === undefined ? '' : `, mail to ${mailTo}`;
      const file = join(dataPath, 'keys', 'api.token');
      log([
        logLine(nowMs(), `listening on ${url}, ${rules}, data in ${dataPath}${mail}`),
        logLine(nowMs(), `dashboard: ${token === undefined ? url : welcomeLink(url, token)}`),
        ...(token === undefined ? [logLine(nowMs(), `its token is in ${file}`)] : []),
      ]);
    },
    batch: (host, latest) => {
      const view = { host, ...latest };
      change(withHost(state, view));
      if (nowMs() - (summarizedMs.get(host) ?? 0) < SUMMARY_EVERY_MS) return;
      // A host's first sample has gauges only; rates begin with the second.
      if (latest.cpuPercent === undefined) return;
      summarizedMs.set(host, nowMs());
      log([logLine(nowMs(), hostSummary(view))]);
    },
    message: (published) => {
      const view = messageView(published, nowMs());
      change(withMessage(state, view));
      log(messageLines(view));
    },
    tick: (report, tookMs) => {
      const hosts = new Map(state.hosts);
      for (const { host, up, lastSeenMs } of report.hosts) {
        const known = hosts.get(host) ?? { host, lastSampleMs: lastSeenMs, vms: [] };
        hosts.set(host, { ...known, up });
      }
      const lastTick = { atMs: report.atMs, tookMs };
      change({ ...state, hosts, lastTick, alerts: alertViews(report) });
    },
    problem: (where, problem) => {
      const next = withProblem(state, where, problem);
      if (next === state) return;
      change(next);
      log([logLine(nowMs(), `${where}: ${problem ?? 'well again'}`)]);
    },
    agentLine: (text) => {
      change({ ...state, agentLine: { atMs: nowMs(), text } });
      log([logLine(nowMs(), `agent: ${text}`)]);
    },
    close: () => screen?.close(),
  };
}

function messageView(message: PublishedMessage, atMs: number): MessageView {
  const { subject, texts, attributes } = message;
  const status = attributes['status'];
  return {
    atMs,
    status: status === 'firing' || status === 'resolved' ? status : undefined,
    subject: subject ?? texts.default,
    text: texts['email'] ?? texts.default,
  };
}
