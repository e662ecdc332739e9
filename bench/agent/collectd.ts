import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Program, startChild } from './program.ts';

const EXECUTABLE = '/usr/sbin/collectd';
/** Those that measure what our agent measures of a host. */
const PLUGINS = ['cpu', 'load', 'memory', 'swap', 'df', 'disk', 'interface', 'processes', 'uptime'];
/** A part that holds values. Source: collectd's network protocol ("binary protocol"), part types. */
const VALUES_PART = 6;
const PART_HEADER_BYTES = 4;

/** Sends with its own protocol over UDP, in clear text. */
export const collectd: Program = {
  name: 'collectd',
  remedy: 'apt-get install collectd-core',
  isPresent: () => existsSync(EXECUTABLE),
  async start(folder, intervalMs) {
    const server = createSocket('udp4');
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    let bytes = 0;
    let numbers = 0;
    let arrivedMs = 0;
    server.on('message', (message) => {
      bytes += message.length;
      // Packets that come together are of one sample.
      const nowMs = performance.now();
      if (nowMs - arrivedMs > intervalMs / 2) numbers = 0;
      arrivedMs = nowMs;
      numbers += countValues(message);
    });
    const file = join(folder, 'collectd.conf');
    writeFileSync(
      file,
      `BaseDir "${folder}"
PIDFile "${join(folder, 'pid')}"
Interval ${intervalMs / 1000}
${['network', ...PLUGINS].map((plugin) => `LoadPlugin ${plugin}`).join('\n')}
<Plugin cpu>
  ReportByCpu false
  ValuesPercentage true
</Plugin>
<Plugin network>
  Server "127.0.0.1" "${server.address().port}"
</Plugin>
`,
    );
    const child = await startChild(EXECUTABLE, ['-f', '-C', file]);
    return {
      child,
      traffic: async () => ({ bytes, numbers }),
      async stop() {
        await child.stop();
        server.close();
      },
    };
  },
};

function countValues(message: Buffer): number {
  let count = 0;
  for (let at = 0; at + PART_HEADER_BYTES <= message.length; ) {
    const length = message.readUInt16BE(at + 2);
    if (length < PART_HEADER_BYTES) return count;
    if (message.readUInt16BE(at) === VALUES_PART)
      count += message.readUInt16BE(at + PART_HEADER_BYTES);
    at += length;
  }
  return count;
}
