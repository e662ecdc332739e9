import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { decodeChunk } from '../../core/chunk/decode.ts';
import { labelValue } from '../../core/series/labels.ts';
import type { UrlFunction } from './http-front.ts';
import { type LatestOfHost, latestOf } from './terminal/latest.ts';

/** The ingest function, with each batch it took shown to `onBatch` as well. */
export function tapBatches(
  ingest: UrlFunction,
  onBatch: (host: string, latest: LatestOfHost) => void,
): UrlFunction {
  return async (event) => {
    const result = await ingest(event);
    if (typeof result !== 'string' && result.statusCode === 200) show(event, onBatch);
    return result;
  };
}

function show(
  event: LambdaFunctionURLEvent,
  onBatch: (host: string, latest: LatestOfHost) => void,
): void {
  const chunk = decodeChunk(
    Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
  );
  if (!chunk.ok) throw new Error(`ingest took a batch that can't be read: ${chunk.error.message}`);
  const [first] = chunk.value.series;
  const latest = latestOf(chunk.value.series);
  if (first !== undefined && latest !== undefined)
    onBatch(labelValue(first.labels, 'host'), latest);
}
