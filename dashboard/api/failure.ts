/** The API did not give what was asked for; its own words are the message. */
export class ApiFailure extends Error {
  /** Of HTTP; 0: nothing answered. */
  readonly status: number;
  /** `bad_data`, `not_found` ... as the API has it; `''`: it had none. */
  readonly code: string;
  /** When to come again, if the API said so. */
  readonly retryAfterMs?: number;

  constructor(message: string, status: number, code: string, retryAfterMs?: number) {
    super(message);
    this.name = 'ApiFailure';
    this.status = status;
    this.code = code;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }
}

/** Anything that was thrown, as a failure that can be shown. */
export function asFailure(error: unknown): ApiFailure {
  if (error instanceof ApiFailure) return error;
  return new ApiFailure(error instanceof Error ? error.message : String(error), 0, '');
}

/**
 * The reason in an answer's body: Prometheus' form of an error, either of Alertmanager's, or what there is.
 */
export function failureOf(status: number, text: string, retryAfter: string | null): ApiFailure {
  const { message, code } = reasonIn(text);
  const seconds = Number(retryAfter ?? Number.NaN);
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : undefined;
  return new ApiFailure(message || `HTTP ${status}`, status, code, retryAfterMs);
}

function reasonIn(text: string): { readonly message: string; readonly code: string } {
  const body = jsonOf(text);
  if (typeof body === 'string') return { message: body, code: '' };
  if (typeof body !== 'object' || body === null) return { message: text.slice(0, 500), code: '' };
  const { error, message, errorType, code } = body as Readonly<Record<string, unknown>>;
  const said = typeof error === 'string' ? error : message;
  const kind = typeof errorType === 'string' ? errorType : code;
  return {
    message: typeof said === 'string' ? said : text.slice(0, 500),
    code: typeof kind === 'string' ? kind : '',
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
