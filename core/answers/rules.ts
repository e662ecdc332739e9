/** What the API answers about rule files that people edit where Hypervigil runs. */

/**
 * Where a rule file's text comes from. `deployed`: it came with the deployment. `edited`: somebody saved another text
 * in its stead. `new`: it was saved and nothing of its name was deployed. `gone`: it was one of those, and deleted.
 */
export type RuleFileSource = 'deployed' | 'edited' | 'new' | 'gone';

export interface RuleFileInfo {
  readonly name: string;
  readonly source: RuleFileSource;
  /** What a change must name as what it is based on; 0: nobody ever changed the file here. */
  readonly version: number;
  /** Since it was edited another text was deployed under its name. */
  readonly deployedChanged: boolean;
  readonly groups: number;
  readonly rules: number;
  /** Of its text, UTF-8. */
  readonly bytes: number;
  /** Who changed it last; absent where nobody did. */
  readonly who?: string;
  /** ISO 8601. */
  readonly at?: string;
  /** What is saved can't be evaluated, so that something else is; `errors` of the list say more. */
  readonly unusable: boolean;
}

export interface RuleFileList {
  readonly files: readonly RuleFileInfo[];
  /** What is wrong with files that are not evaluated as they are, a line each. */
  readonly errors: readonly string[];
}

export interface RuleFileText extends RuleFileInfo {
  readonly text: string;
  /** What was deployed under its name; absent: nothing was. */
  readonly deployedText?: string;
}

export interface RuleProblem {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface RuleFileCheck {
  /** None: it can be saved. */
  readonly errors: readonly RuleProblem[];
  readonly groups: number;
  readonly rules: number;
}

export interface RuleVersionInfo {
  readonly version: number;
  /** What was done: a text was saved, the deployed file put back, the file deleted. */
  readonly kind: 'text' | 'deployed' | 'gone';
  /** ISO 8601. */
  readonly at: string;
  readonly who: string;
  readonly comment: string;
  readonly rolledBackTo?: number;
  readonly bytes: number;
  readonly rules: number;
  readonly isCurrent: boolean;
  /** False: the save was cut off before it took effect. */
  readonly tookEffect: boolean;
}

/** Beside the error of a change that was based on what is not current any more. */
export interface RuleConflict {
  readonly name: string;
  /** What holds now. */
  readonly current: RuleFileText;
  /** What the change was based on, if that is still kept. */
  readonly base?: string;
}

/** One time an alert was pending, and perhaps fired. Times are ms since 1970. */
export interface BacktestEpisode {
  readonly labels: Readonly<Record<string, string>>;
  readonly pendingFromMs: number;
  /** Absent: it never fired. */
  readonly firingFromMs?: number;
  /** Absent: it was so at the end still. */
  readonly untilMs?: number;
  /** What the expression gave when it began to fire, or to be pending; as text: `NaN` and `+Inf` are values. */
  readonly value: string;
}

/** What one rule would have done. */
export interface BacktestResult {
  /** How often an alert of it fired. */
  readonly firings: number;
  /** How often one was pending and did not fire. */
  readonly onlyPending: number;
  /** Different label sets that fired. */
  readonly alerts: number;
  /** Of all firings together. */
  readonly firingMs: number;
  /** Time in which at least one alert fired. */
  readonly anyFiringMs: number;
  readonly longestMs: number;
  /** The newest ones, in the order of time. */
  readonly episodes: readonly BacktestEpisode[];
  /** Left out of them. */
  readonly episodesLeftOut: number;
  /** Why it could not be evaluated, or from then on. */
  readonly error?: string;
}

export interface BacktestAnswer {
  readonly rule: string;
  /** What was evaluated: [fromMs, toMs], each `stepMs`. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  /** Why less than was asked for. Absent: all was. */
  readonly cut?: string;
  readonly proposed: BacktestResult;
  /** The rule that holds now; absent: there is none of that name. */
  readonly saved?: BacktestResult;
  /** Both are the same rule. */
  readonly isSame: boolean;
  readonly warnings: readonly string[];
  readonly readUnits: number;
  readonly tookMs: number;
}
