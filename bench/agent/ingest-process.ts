import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { decodeChunk } from '../../core/chunk/decode.ts';
import { labelValue, METRIC_NAME } from '../../core/series/labels.ts';
import { answer } from '../../functions/ingest/http.ts';
import { ingestBatch } from '../../functions/ingest/ingest.ts';
import type { ChunkStore, StoredChunk } from '../../functions/store/chunks.ts';
import type { IngestOrder, IngestReport } from './ingest-server.ts';

/*
 * A server that takes posts as a deployment does, over TLS, in a process of its own: what it costs is
 * not the agent's. Chunks are checked and answered by the product's own ingest; its table is memory.
 */

/** A metric that every sample has just once. */
const ONE_PER_SAMPLE = 'hypervigil_agent_batch_interval_seconds';
/** Minutes that a repeated or longer chunk may still be of. */
const KEPT_MINUTES = 5000;

/** A Function URL adds some 200 bytes of headers of its own to each answer. */
const CLOUD_HEADERS = {
  'x-amzn-requestid': '00000000-0000-4000-8000-000000000000',
  'x-amzn-trace-id':
    'Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0;Lineage=1:00000000:0',
};

const chunks = new Map<string, StoredChunk>();
/** Instants of samples, ever seen. */
const instants = new Set<number>();
const openSockets = new Set<Socket>();
let closedBytes = 0;
let connections = 0;
let posts = 0;
let bodyBytes = 0;
let seriesCount = 0;
let firstMs = Number.POSITIVE_INFINITY;
let lastMs = Number.NEGATIVE_INFINITY;
let refuses = false;

const store: Pick<ChunkStore, 'put' | 'get'> = {
  put: async (chunk, replaces) => {
    const key = `${chunk.minute} ${chunk.writer}`;
    const there = chunks.get(key);
    const isLonger = there === undefined || there.sampleCount < chunk.sampleCount;
    if (replaces === 'shorter' && !isLonger) return false;
    chunks.set(key, chunk);
    const [first] = chunks.keys();
    if (chunks.size > KEPT_MINUTES && first !== undefined) chunks.delete(first);
    return true;
  },
  get: async (writer, minute) => chunks.get(`${minute} ${writer}`),
};

function report(): IngestReport {
  let bytes = closedBytes;
  for (const { bytesRead, bytesWritten } of openSockets) bytes += bytesRead + bytesWritten;
  return {
    bytes,
    bodyBytes,
    connections,
    posts,
    seriesCount,
    samples: instants.size,
    firstMs,
    lastMs,
  };
}

function note(body: Uint8Array): void {
  posts += 1;
  bodyBytes += body.byteLength;
  const decoded = decodeChunk(body);
  if (!decoded.ok) return;
  seriesCount = decoded.value.series.length;
  for (const { labels, timestamps } of decoded.value.series) {
    if (labelValue(labels, METRIC_NAME) !== ONE_PER_SAMPLE) continue;
    for (const timestamp of timestamps) {
      instants.add(timestamp);
      firstMs = Math.min(firstMs, timestamp);
      lastMs = Math.max(lastMs, timestamp);
    }
  }
}

function start({ key, certificate, host, closesConnections, anyTime }: IngestOrder): void {
  const ports = {
    chunks: store,
    nowMs: anyTime ? () => 8e15 : Date.now,
    retentionMs: anyTime ? 9e15 : 35 * 86_400_000,
    markLate: async () => undefined,
  };
  const server = createHttpsServer({ key, cert: certificate }, async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    if (refuses) return void response.writeHead(503).end();
    const body = Buffer.concat(parts);
    const result = await ingestBatch(ports, host, body);
    if (result.ok) note(body);
    const told = answer(result);
    if (typeof told === 'string') throw new Error(`ingest answers ${told}`);
    response.writeHead(told.statusCode ?? 200, { ...told.headers, ...CLOUD_HEADERS });
    response.end(told.body);
  });
  // As long as the load balancers of a cloud keep one, at least.
  server.keepAliveTimeout = closesConnections ? 1000 : 350_000;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    openSockets.add(socket);
    socket.on('close', () => {
      openSockets.delete(socket);
      closedBytes += socket.bytesRead + socket.bytesWritten;
    });
  });
  // As the agent will find it, be that IPv4 or IPv6.
  server.listen(0, 'localhost', () => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    process.send?.({ port: address.port });
  });
}

process.on('message', (message: IngestOrder | 'report' | 'refuse' | 'accept') => {
  if (message === 'report') process.send?.({ report: report() });
  else if (message === 'refuse' || message === 'accept') refuses = message === 'refuse';
  else start(message);
});
process.on('disconnect', () => process.exit());
