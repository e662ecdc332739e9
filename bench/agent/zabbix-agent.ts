import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { freePort, type Program, startChild } from './program.ts';

const EXECUTABLE = '/usr/sbin/zabbix_agent2';

/** Zabbix' protocol: "ZBXD", flags, length and reserved (or inflated length), 4 bytes each, then JSON. */
const HEADER_BYTES = 13;
const FLAGS_PLAIN = 1;
const FLAG_DEFLATED = 2;

/** Active checks: it asks a server for its items, and sends what they gave, in clear text. */
export const zabbixAgent: Program = {
  name: 'zabbix-agent2',
  remedy: 'apt-get install zabbix-agent2',
  isPresent: () => existsSync(EXECUTABLE),
  async start(folder, intervalMs) {
    const keys = itemKeys();
    const delay = `${Math.max(1, Math.round(intervalMs / 1000))}s`;
    const data = keys.map((key, index) => ({
      key,
      itemid: index + 1,
      delay,
      lastlogsize: 0,
      mtime: 0,
    }));
    let bytes = 0;
    const values = new Set<number>();
    const server = createServer((socket) => {
      serve(socket, (request) => {
        for (const { itemid } of request.data ?? []) values.add(itemid);
        if (request.request === 'active checks') return { response: 'success', data };
        return { response: 'success', info: 'processed' };
      });
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        bytes += socket.bytesRead + socket.bytesWritten;
      });
    });
    const serverPort = await freePort();
    await new Promise<void>((resolve) => server.listen(serverPort, '127.0.0.1', resolve));
    const file = join(folder, 'zabbix.conf');
    writeFileSync(
      file,
      `LogType=console
PidFile=${join(folder, 'pid')}
Server=127.0.0.1
ServerActive=127.0.0.1:${serverPort}
ListenIP=127.0.0.1
ListenPort=${await freePort()}
Hostname=bench
BufferSend=${Math.max(1, Math.round(intervalMs / 1000))}
ControlSocket=${join(folder, 'control.sock')}
PluginSocket=${join(folder, 'plugin.sock')}
`,
    );
    const child = await startChild(EXECUTABLE, ['-f', '-c', file]);
    return {
      child,
      traffic: async () => ({ bytes, numbers: values.size }),
      async stop() {
        await child.stop();
        server.close();
      },
    };
  },
};

interface ZabbixRequest {
  readonly request: string;
  readonly data?: readonly { readonly itemid: number }[];
}

/** Answers the one request of a connection, then ends it. */
function serve(socket: Socket, answer: (request: ZabbixRequest) => object): void {
  let received = Buffer.alloc(0);
  socket.on('data', (part) => {
    received = Buffer.concat([received, part]);
    if (received.length < HEADER_BYTES) return;
    const length = received.readUInt32LE(5);
    if (received.length < HEADER_BYTES + length) return;
    const body = received.subarray(HEADER_BYTES, HEADER_BYTES + length);
    const isDeflated = ((received[4] ?? 0) & FLAG_DEFLATED) !== 0;
    const request: ZabbixRequest = JSON.parse((isDeflated ? inflateSync(body) : body).toString());
    const json = Buffer.from(JSON.stringify(answer(request)));
    const header = Buffer.alloc(HEADER_BYTES);
    header.write('ZBXD');
    header[4] = FLAGS_PLAIN;
    header.writeUInt32LE(json.length, 5);
    socket.end(Buffer.concat([header, json]));
  });
}

/** What our agent measures of this host, as Zabbix' own template for Linux names it. */
function itemKeys(): string[] {
  const modes = ['user', 'nice', 'system', 'idle', 'iowait', 'steal', 'softirq', 'interrupt'];
  const devices = readdirSync('/sys/class/net');
  const disks = readdirSync('/sys/block').filter((name) => !/^(loop|ram)/.test(name));
  return [
    ...modes.map((mode) => `system.cpu.util[,${mode}]`),
    ...['avg1', 'avg5', 'avg15'].map((average) => `system.cpu.load[all,${average}]`),
    ...['system.cpu.switches', 'system.cpu.intr', 'system.uptime', 'system.boottime'],
    ...['total', 'available', 'pavailable', 'buffers', 'cached'].map(
      (mode) => `vm.memory.size[${mode}]`,
    ),
    ...['total', 'free', 'pfree'].map((mode) => `system.swap.size[,${mode}]`),
    ...['proc.num', 'proc.num[,,run]', 'kernel.maxproc', 'kernel.maxfiles'],
    ...['total', 'used', 'pused'].map((mode) => `vfs.fs.size[/,${mode}]`),
    ...['used', 'pfree'].map((mode) => `vfs.fs.inode[/,${mode}]`),
    ...disks.flatMap((disk) => [`vfs.file.contents[/sys/block/${disk}/stat]`]),
    ...devices.flatMap((device) =>
      ['', ',packets', ',errors', ',dropped'].flatMap((mode) => [
        `net.if.in[${device}${mode}]`,
        `net.if.out[${device}${mode}]`,
      ]),
    ),
  ];
}
