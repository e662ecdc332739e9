import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { decodeChunk } from '../core/chunk/decode.ts';
import { plainSeries } from './plain-series.ts';

/**
 * `node bench/capture.ts FILE [MINUTES]`: runs the agent on this machine and keeps the fullest
 * host-minute it sends, as gzipped JSON. The files in bench/data were made by it.
 */
const [file, minutes = '3'] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: node bench/capture.ts FILE [MINUTES]');

const folder = mkdtempSync(join(tmpdir(), 'capture-'));
writeFileSync(join(folder, 'key'), `hv_${'x'.repeat(32)}`, { mode: 0o600 });
let best = 0;

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const decoded = decodeChunk(Buffer.concat(parts));
    if (decoded.ok && decoded.value.sampleCount >= best) {
      best = decoded.value.sampleCount;
      writeFileSync(
        file,
        gzipSync(JSON.stringify(plainSeries(decoded.value.series)), { level: 9 }),
      );
      console.log(`${decoded.value.series.length} series, ${best} samples`);
    }
    response.setHeader('content-type', 'application/json').end('{"stored":true}');
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const agent = spawn(process.execPath, ['agent/main.ts', 'run'], {
    stdio: 'inherit',
    env: {
      ...process.env,
      HYPERVIGIL_URL: `http://127.0.0.1:${address.port}`,
      HYPERVIGIL_KEY_FILE: join(folder, 'key'),
      HYPERVIGIL_SPOOL_DIR: 'off',
    },
  });
  setTimeout(() => agent.kill(), Number(minutes) * 60_000);
  agent.on('exit', () => {
    server.close();
    rmSync(folder, { recursive: true });
  });
});
