/** Why a request was not taken, or not wholly; `status` is the HTTP status that says so. */
export interface Refusal {
  readonly status: 400 | 401 | 404 | 405 | 413 | 415 | 429 | 503;
  readonly message: string;
  /** When to come again, for 429 and 503. */
  readonly retryAfterMs?: number;
  /** Whose key it was, where that is known; for the log. */
  readonly sender?: string;
  /** What was stored all the same. */
  readonly written?: Written;
}

/** How many samples of a request are stored. Histograms and exemplars never are. */
export interface Written {
  readonly samples: number;
  /** Whose key it was: the hours of what it writes begin by its name. */
  readonly sender?: string;
}
