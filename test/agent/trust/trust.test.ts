import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Poster } from '../../../agent/poster.ts';
import type { Roots } from '../../../agent/trust/learn-roots.ts';
import { stores } from '../fault-server.ts';
import { type Authority, makeAuthority } from './certificates.ts';

const MAIN = fileURLToPath(new URL('../../../agent/main.ts', import.meta.url));

interface TlsServer {
  readonly url: URL;
  readonly server: Server;
  readonly posts: () => number;
}

async function tlsServer({ server: files }: Authority): Promise<TlsServer> {
  let posts = 0;
  const server = createServer(files, (request, response) => {
    posts += 1;
    request.resume().on('end', () => stores(response, request));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: new URL(`https://localhost:${port}`), server, posts: () => posts };
}

/** A poster that is told whom to trust, and how often it asked. */
function posterTo(url: URL, ...told: (Roots | Error)[]) {
  let asked = 0;
  const rootsOf = async () => {
    const roots = told[Math.min(asked, told.length - 1)] ?? 'default';
    asked += 1;
    if (roots instanceof Error) throw roots;
    return roots;
  };
  const poster = new Poster({ url, readKey: () => 'secret-key', version: '1', rootsOf });
  onTestFinished(() => poster.close());
  return { post: () => poster.post(Uint8Array.of(1)), asked: () => asked };
}

describe('a post over TLS', () => {
  it('goes to a server that the told certificates vouch for; they are asked for once', async () => {
    const authority = makeAuthority('one');
    const { url } = await tlsServer(authority);
    const { post, asked } = posterTo(url, [authority.certificate]);
    expect(await post()).toEqual({ kind: 'stored' });
    expect(await post()).toEqual({ kind: 'stored' });
    expect(asked()).toBe(1);
  });

  it('does not go to any other server', async () => {
    const { url, posts } = await tlsServer(makeAuthority('one'));
    const { post } = posterTo(url, [makeAuthority('other').certificate]);
    expect(await post()).toMatchObject({ kind: 'later' });
    expect(await post()).toMatchObject({ kind: 'later' });
    expect(posts()).toBe(0);
  });

  it('goes on when the server gets a certificate of another authority, once that is learned', async () => {
    const [before, after] = [makeAuthority('before'), makeAuthority('after')];
    const { url, server } = await tlsServer(before);
    const { post, asked } = posterTo(url, [before.certificate], [after.certificate]);
    expect(await post()).toEqual({ kind: 'stored' });
    server.setSecureContext(after.server);
    server.closeAllConnections();
    expect(await post()).toEqual({ kind: 'stored' });
    expect(asked()).toBe(2);
  });

  it('waits while nobody can tell whom to trust', async () => {
    const authority = makeAuthority('one');
    const { url } = await tlsServer(authority);
    const { post } = posterTo(url, new Error('not now'), [authority.certificate]);
    expect(await post()).toEqual({
      kind: 'later',
      afterMs: undefined,
      message: `${url.host}: not now`,
    });
    expect(await post()).toEqual({ kind: 'stored' });
  });
});

/** What `agent trust` answers to who asks which certificates vouch for a server. */
async function answerFor(url: URL, environment: Record<string, string>): Promise<unknown> {
  const child = spawn(process.execPath, [MAIN, 'trust', '--server', url.href], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    env: { PATH: process.env['PATH'], HYPERVIGIL_AGENT_ANSWER: '3', ...environment },
  });
  let text = '';
  child.stdio[3]?.on('data', (part) => {
    text += part;
  });
  await once(child, 'close');
  return JSON.parse(text);
}

describe('whom to trust', () => {
  it('is, of all that this machine trusts, who vouches for the server', async () => {
    const authority = makeAuthority('one');
    const { url } = await tlsServer(authority);
    const answer = await answerFor(url, { NODE_EXTRA_CA_CERTS: authority.file });
    expect(answer).toEqual({ ok: true, value: [authority.certificate] });
  });

  it('is nobody for a server that this machine does not trust, whatever it sends along', async () => {
    const authority = makeAuthority('one');
    const chain = authority.server.cert + authority.certificate;
    const { url } = await tlsServer({ ...authority, server: { ...authority.server, cert: chain } });
    expect(await answerFor(url, {})).toMatchObject({
      ok: false,
      error: { code: 'SELF_SIGNED_CERT_IN_CHAIN' },
    });
  });
});

/** `agent run` that posts each second, with its lines. */
function runAgent(url: URL, folder: string, environment: Record<string, string>) {
  const key = join(folder, 'key');
  writeFileSync(key, 'hv_0123456789\n');
  const intervals = ['--sample-interval', '1s', '--batch-interval', '1s', '--spool-dir', 'off'];
  const agent = spawn(
    process.execPath,
    [MAIN, 'run', '--url', url.href, '--key-file', key, '--host', 'a', ...intervals],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env['PATH'], ...environment },
    },
  );
  onTestFinished(() => {
    agent.kill('SIGKILL');
  });
  return { agent, lines: createInterface(agent.stderr)[Symbol.asyncIterator]() };
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-run-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe.runIf(process.platform === 'linux')('an agent under way', () => {
  it('posts to a server of an authority that only this machine trusts, and notes that it did', async () => {
    const authority = makeAuthority('one');
    const { url, server } = await tlsServer(authority);
    const folder = temporaryFolder();
    const state = join(folder, 'state');
    mkdirSync(state);
    const { agent } = runAgent(url, folder, {
      NODE_EXTRA_CA_CERTS: authority.file,
      STATE_DIRECTORY: state,
    });
    await once(server, 'request');
    await once(server, 'request');
    expect(JSON.parse(readFileSync(join(state, 'posted.json'), 'utf8'))).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      atMs: expect.any(Number),
    });
    agent.kill('SIGTERM');
    await once(agent, 'exit');
    expect(agent.exitCode).toBe(0);
  }, 30_000);

  it('says that a server is not trusted, and posts nothing to it', async () => {
    const { url, posts } = await tlsServer(makeAuthority('one'));
    const { lines } = runAgent(url, temporaryFolder(), {});
    for await (const line of { [Symbol.asyncIterator]: () => lines }) {
      if (line.includes('will try again')) {
        expect(line).toMatch(/certificate/);
        break;
      }
    }
    expect(posts()).toBe(0);
  }, 30_000);
});
