import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type ApiRequest, jsonReply } from '../api/http.ts';

/** An answer before it is packed. */
export interface Answer {
  readonly status: number;
  /** JSON text; absent: no body. */
  readonly json?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function answered(value: unknown): Answer {
  return { status: 200, json: JSON.stringify(value) };
}

/** What Alertmanager's own code refuses: the reason is the whole body. */
export function refused(status: number, reason: string): Answer {
  return { status, json: JSON.stringify(reason) };
}

/**
 * What the layer around it refuses, in the form of go-openapi/errors: `code` is the status, or one
 * of its own from 600 on, which goes out as 422.
 */
export function rejected(
  code: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status: code >= 600 ? 422 : code, json: JSON.stringify({ code, message }), headers };
}

/** Codes of go-openapi/errors. Source: github.com/go-openapi/errors, schema.go. */
export const INVALID_TYPE = 601;
export const REQUIRED = 602;
export const TOO_FEW_ITEMS = 612;

export function sendAnswer(
  { status, json, headers = {} }: Answer,
  { takesGzip }: Pick<ApiRequest, 'takesGzip'>,
): APIGatewayProxyStructuredResultV2 {
  const common = { 'cache-control': 'no-store', ...headers };
  if (json === undefined) return { statusCode: status, headers: common };
  const sent = jsonReply(json, takesGzip);
  if (sent !== undefined)
    return { ...sent, statusCode: status, headers: { ...sent.headers, ...common } };
  const hint = takesGzip ? '' : ', or with "Accept-Encoding: gzip"';
  const reason = `the answer has ${json.length} characters, more than one reply can carry: ask with a filter${hint}`;
  return sendAnswer(refused(500, reason), { takesGzip });
}
