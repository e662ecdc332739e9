import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A container as Docker 20.10 shows it, reduced to what is read. */
export interface FakeContainer {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly Image: string;
  readonly State: string;
  readonly inspect: object;
  /** Lines of /events about it. */
  readonly events?: readonly object[];
}

/** A socket that answers as Docker does. */
export interface FakeDocker {
  readonly socketPath: string;
  containers: readonly FakeContainer[];
  /** Stands for the list where it is not `undefined`. */
  listing: string | undefined;
  /** Paths that were asked for. */
  readonly asked: string[];
  /** Answers nothing, or an error, from here on. */
  mood: 'well' | 'silent' | 'broken';
}

export async function fakeDocker(): Promise<FakeDocker> {
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-docker-'));
  const socketPath = join(folder, 'docker.sock');
  const docker: FakeDocker = {
    ...{ socketPath, containers: [], asked: [] },
    ...{ listing: undefined, mood: 'well' },
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://docker');
    docker.asked.push(url.pathname);
    if (docker.mood === 'silent') return;
    const answer = docker.mood === 'broken' ? undefined : answerTo(docker, url);
    response.statusCode = answer === undefined ? 500 : 200;
    response.end(answer ?? '{"message":"out of order"}');
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  return docker;
}

function answerTo({ containers, listing }: FakeDocker, url: URL): string | undefined {
  if (url.pathname === '/containers/json') return listing ?? JSON.stringify(containers);
  if (url.pathname === '/events') {
    const { container } = JSON.parse(url.searchParams.get('filters') ?? '{}');
    const events = containers.find(({ Id }) => Id === container[0])?.events ?? [];
    return events.map((event) => `${JSON.stringify(event)}\n`).join('');
  }
  const id = url.pathname.split('/')[2];
  const found = containers.find(({ Id }) => Id === id);
  return found === undefined ? undefined : JSON.stringify(found.inspect);
}
