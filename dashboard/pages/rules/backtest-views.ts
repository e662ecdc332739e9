import type {
  BacktestAnswer,
  BacktestEpisode,
  BacktestResult,
} from '../../../core/answers/rules.ts';
import { DAY_MS, HOUR_MS } from '../../../core/time.ts';
import type { ChartBand } from '../../chart/chart-types.ts';
import { formatDuration } from '../../format/duration.ts';
import { t } from '../../i18n/language.ts';
import { BACKTEST } from './messages.ts';

const NEAR_MS = 10 * 60_000;

/** More would only be one colour. */
const MOST_BANDS = 300;

/** When the rule would have been pending and firing, to be drawn. */
export function bandsOf(
  { toMs, fromMs, rule, proposed }: BacktestAnswer,
  tone: ChartBand['tone'],
): readonly ChartBand[] {
  const bands = proposed.episodes.flatMap(
    ({ pendingFromMs, firingFromMs, untilMs }): ChartBand[] => {
      const endMs = untilMs ?? toMs;
      const common = { label: rule, tone };
      const pending = {
        ...common,
        fromMs: pendingFromMs,
        toMs: firingFromMs ?? endMs,
        isPending: true,
      };
      const firing =
        firingFromMs === undefined
          ? []
          : [{ ...common, fromMs: firingFromMs, toMs: endMs, isPending: false }];
      return [...(pending.toMs > pending.fromMs ? [pending] : []), ...firing];
    },
  );
  return bands
    .filter((band) => band.toMs > fromMs)
    .slice(-MOST_BANDS)
    .map((band) => ({ ...band, fromMs: Math.max(band.fromMs, fromMs) }));
}

/** What it comes to, a sentence each: how often, how long, and how the saved rule did. */
export function backtestWords(answer: BacktestAnswer): readonly string[] {
  const { fromMs, toMs, stepMs, proposed, saved, isSame } = answer;
  const period = periodText(wholeHours(toMs - fromMs + stepMs));
  const words = [t(BACKTEST.fired, proposed.firings, lengthOf(proposed), period)];
  if (proposed.onlyPending > 0) words.push(t(BACKTEST.onlyPending, proposed.onlyPending));
  if (isSame) words.push(t(BACKTEST.same));
  else if (saved === undefined) words.push(t(BACKTEST.noSaved));
  else words.push(t(BACKTEST.savedFired, saved.firings, lengthOf(saved)));
  return words;
}

/** Evaluations begin at a whole step, which makes a day a minute or two shorter. */
function wholeHours(ms: number): number {
  const hours = Math.round(ms / HOUR_MS) * HOUR_MS;
  return hours > 0 && Math.abs(hours - ms) < NEAR_MS ? hours : ms;
}

/** A day is said in hours: "the last 24 h". */
function periodText(ms: number): string {
  return ms === DAY_MS ? t(BACKTEST.hours, 24) : formatDuration(ms);
}

function lengthOf({ firingMs }: BacktestResult): string {
  return formatDuration(firingMs);
}

/** How long it fired; `undefined`: it did not. */
export function firedForMs(
  { firingFromMs, untilMs }: BacktestEpisode,
  endMs: number,
): number | undefined {
  return firingFromMs === undefined ? undefined : (untilMs ?? endMs) - firingFromMs;
}
