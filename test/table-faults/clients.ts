import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { CHUNK_MEDIA_TYPE } from '../../core/chunk/format.ts';
import type { Series } from '../../core/series/series.ts';
import { hashHostKey } from '../../functions/store/host-keys.ts';
import { outgoingSeries, V1, writeEvent } from '../remote-write/requests.ts';

/** What those who call the functions see. */
export interface Answer {
  readonly status: number;
  readonly retryAfterS: number | undefined;
  readonly body: string;
}

type UrlFunction = (event: LambdaFunctionURLEvent) => Promise<LambdaFunctionURLResult>;

export async function ask(handler: UrlFunction, event: LambdaFunctionURLEvent): Promise<Answer> {
  const result = await handler(event);
  if (typeof result === 'string') throw new Error(`a bare body: ${result}`);
  const after = result.headers?.['retry-after'];
  return {
    status: result.statusCode ?? 0,
    retryAfterS: after === undefined ? undefined : Number(after),
    body: result.body ?? '',
  };
}

export function batchEvent(key: string, series: readonly Series[]): LambdaFunctionURLEvent {
  return urlEvent({
    rawPath: '/v1/batches',
    headers: { authorization: `Bearer ${key}`, 'content-type': CHUNK_MEDIA_TYPE },
    body: Buffer.from(encodeChunk(series)).toString('base64'),
    isBase64Encoded: true,
  });
}

export function remoteWriteEvent(key: string, series: readonly Series[]): LambdaFunctionURLEvent {
  return writeEvent(key, V1, series.map(outgoingSeries));
}

export function enrolEvent(token: string, host: string, key: string): LambdaFunctionURLEvent {
  return urlEvent({
    rawPath: '/v1/enrolments',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ host, keyHash: hashHostKey(key) }),
  });
}

export function urlEvent({
  method = 'POST',
  ...parts
}: Partial<LambdaFunctionURLEvent> & { method?: string }): LambdaFunctionURLEvent {
  return {
    version: '2.0',
    rawQueryString: '',
    headers: {},
    requestContext: { http: { method, sourceIp: '192.0.2.1' }, domainName: 'test' },
    isBase64Encoded: false,
    ...parts,
  } as LambdaFunctionURLEvent;
}
