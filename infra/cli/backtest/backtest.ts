import { readFileSync } from 'node:fs';
import { ok } from '../../../core/result.ts';
import {
  formatRuleFileError,
  parseRuleFile,
  type RuleGroup,
} from '../../../core/rules/rule-file.ts';
import { reasonOf } from '../../local/start-failure.ts';
import type { ApiClient } from '../client.ts';
import { type Outcome, trouble, usage } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import { formatTime, readInstant, readSpan } from '../time-text.ts';
import { readBacktestRouting } from './backtest-routing.ts';
import { Episodes } from './episodes.ts';
import { looksTooFar, type ReplayEnd, type ReplayOptions, replay } from './replay.ts';
import type { BacktestReport } from './report.ts';
import { SentCounter } from './sent-summary.ts';

/** As commander hands them over. */
export interface BacktestFlags {
  readonly since: string;
  readonly until: string;
  readonly step: string;
  /** Absent: that of the first rule file's folder. */
  readonly routing?: string;
  /** Mute what silences muted then. */
  readonly silences?: true;
}

/** Rules that fail fail each minute in the same words; of other words only so many are kept. */
const MAX_ERRORS = 20;
/** A year of minutes. */
const MAX_TICKS = 600_000;
/** Data may begin so much later than asked for before it is worth a word. */
const LATE_BEGIN_MS = 10 * 60_000;

/** `hypervigil rules backtest FILE...`: what the rules would have made of what is stored. */
export async function backtest(
  files: readonly string[],
  flags: BacktestFlags,
  client: ApiClient,
  terminal: Pick<Terminal, 'progress'>,
  nowMs: number,
): Promise<Outcome<BacktestReport>> {
  const groups = readRules(files);
  if (!groups.ok) return groups;
  const span = readReplaySpan(flags, nowMs);
  if (!span.ok) return span;
  const routing = await readBacktestRouting(files, flags, client);
  if (!routing.ok) return routing;
  const { source, notify } = routing.value;
  const { fromMs, untilMs } = span.value;
  const episodes = new Episodes(fromMs);
  const sent = new SentCounter(fromMs);
  const errors = new Map<string, number>();
  const options: ReplayOptions = { groups: groups.value, notify, ...span.value };
  const end = await replay(client, options, (tick) => {
    episodes.add(tick);
    for (const message of tick.sent) sent.add(message);
    for (const error of tick.errors)
      if (errors.size < MAX_ERRORS || errors.has(error))
        errors.set(error, (errors.get(error) ?? 0) + 1);
    const done = Math.max(0, (tick.atMs - fromMs) / Math.max(untilMs - fromMs, 1));
    terminal.progress(`${Math.floor(done * 100)}%  ${formatTime(tick.atMs)}`);
  });
  if (!end.ok) return end;
  terminal.progress('');
  return ok({
    ...span.value,
    ...episodes.finish(untilMs),
    episodesLeftOut: episodes.dropped,
    receivers: sent.summary(),
    routing: source,
    errors: [...errors].map(([message, ticks]) => ({ message, ticks })),
    warnings: warningsOf(options, end.value),
  });
}

function readRules(files: readonly string[]): Outcome<RuleGroup[]> {
  const groups: RuleGroup[] = [];
  const problems: string[] = [];
  for (const file of files) {
    try {
      const parsed = parseRuleFile(readFileSync(file, 'utf8'), file);
      if (parsed.ok) groups.push(...parsed.value);
      else problems.push(...parsed.error.map(formatRuleFileError));
    } catch (error) {
      problems.push(`${file}: ${reasonOf(error)}`);
    }
  }
  if (problems.length > 0) return trouble(problems.join('\n'));
  return groups.length > 0 ? ok(groups) : trouble(`${files.join(', ')}: no rules in it`);
}

function readReplaySpan(
  { since, until, step }: BacktestFlags,
  nowMs: number,
): Outcome<Pick<ReplayOptions, 'fromMs' | 'untilMs' | 'stepMs'>> {
  const fromMs = readInstant('--since', since, nowMs);
  if (!fromMs.ok) return fromMs;
  const toMs = readInstant('--until', until, nowMs);
  if (!toMs.ok) return toMs;
  const stepMs = readSpan('--step', step);
  if (!stepMs.ok) return stepMs;
  const untilMs = Math.min(toMs.value, nowMs);
  if (fromMs.value >= untilMs) return usage('--since must lie before --until, and before now');
  if ((untilMs - fromMs.value) / stepMs.value > MAX_TICKS)
    return usage(`--step ${step}: that is more than ${MAX_TICKS} evaluations; take a longer step`);
  return ok({ fromMs: fromMs.value, untilMs, stepMs: stepMs.value });
}

function warningsOf(
  { groups, fromMs }: ReplayOptions,
  { warnings, samples, firstSampleMs }: ReplayEnd,
): string[] {
  const lines: string[] = [];
  if (samples === 0) lines.push('there is no sample of what these rules look at in all that time');
  else if (firstSampleMs !== undefined && firstSampleMs > fromMs + LATE_BEGIN_MS)
    lines.push(`the first sample of what these rules look at is of ${formatTime(firstSampleMs)}`);
  if (looksTooFar(groups))
    lines.push('a rule looks back further than 6 h: it sees 6 h, as it does when it is live');
  return [...lines, ...warnings];
}
