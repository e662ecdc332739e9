import type { ReadFailure } from '../store/read-items.ts';

/** Prometheus' names for kinds of errors, with their statuses. Source: prometheus/web/api/v1/api.go. */
const STATUS = {
  bad_data: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  not_allowed: 405,
  conflict: 409,
  too_large: 413,
  media_type: 415,
  too_many: 429,
  execution: 422,
  timeout: 503,
  unavailable: 503,
} as const;

export type ErrorKind = keyof typeof STATUS;

/** Why there is no answer, in Prometheus' words where it has some. */
export interface ApiError {
  readonly kind: ErrorKind;
  readonly message: string;
  /** When to come again, if that is known. */
  readonly retryAfterMs?: number;
  /** Of `not_allowed`: the methods that are; absent: GET and POST. */
  readonly allowed?: readonly string[];
  /** What helps whoever asked to go on, as JSON text: the member `data` beside the error. */
  readonly data?: string;
}

/** What was asked for. */
export interface ApiData {
  /** The member `data`, as JSON text. */
  readonly json: string;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
  /** Where to go on, if that is not all; our own lists have it, beside `data`. */
  readonly next?: string;
}

export function statusOf(kind: ErrorKind): number {
  return STATUS[kind];
}

/** The member `errorType`, where Prometheus has no name of its own. */
const ERROR_TYPES: Partial<Record<ErrorKind, ErrorKind>> = {
  not_allowed: 'bad_data',
  conflict: 'bad_data',
  too_large: 'bad_data',
  media_type: 'bad_data',
  too_many: 'unavailable',
};

function errorType(kind: ErrorKind): string {
  return ERROR_TYPES[kind] ?? kind;
}

export function badData(message: string): ApiError {
  return { kind: 'bad_data', message };
}

export function badParameter(name: string, message: string): ApiError {
  return badData(`invalid parameter ${JSON.stringify(name)}: ${message}`);
}

const READ_FAILURES: Readonly<Record<ReadFailure['code'], ErrorKind>> = {
  too_much: 'execution',
  timeout: 'timeout',
  busy: 'unavailable',
};

export function readError({ code, message }: ReadFailure): ApiError {
  return { kind: READ_FAILURES[code], message };
}

/** The most of each kind that an answer carries. Source: prometheus/web/api/v1/api.go, respond. */
const MAX_ANNOTATIONS = 10;

/** The envelope of a success. */
export function dataJson({ json, warnings = [], infos = [], next }: ApiData): string {
  const notes = [
    ['warnings', limited(warnings, 'warning')],
    ['infos', limited(infos, 'info')],
  ] as const;
  const members = notes.flatMap(([name, lines]) =>
    lines.length === 0 ? [] : [`,"${name}":${JSON.stringify(lines)}`],
  );
  const more = next === undefined ? '' : `,"next":${JSON.stringify(next)}`;
  return `{"status":"success","data":${json}${members.join('')}${more}}`;
}

function limited(lines: readonly string[], what: string): readonly string[] {
  const more = lines.length - MAX_ANNOTATIONS;
  if (more <= 0) return lines;
  return [...lines.slice(0, MAX_ANNOTATIONS), `${more} more ${what} annotations omitted`];
}

/** The envelope of a failure. */
export function errorJson({ kind, message, data }: ApiError): string {
  const json = JSON.stringify({ status: 'error', errorType: errorType(kind), error: message });
  return data === undefined ? json : `${json.slice(0, -1)},"data":${data}}`;
}
