import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readRunningConfig } from '../../agent/commands/run.ts';
import { reload } from '../../agent/config-reload.ts';
import {
  decodeConfigAnswer,
  encodeConfigAnswer,
  type RunningConfig,
} from '../../agent/run/running-config.ts';
import { decodeChunk } from '../../core/chunk/decode.ts';
import { labelValue, METRIC_NAME } from '../../core/series/labels.ts';
import { fileWith } from './config-folder.ts';
import { faultServer, stores } from './fault-server.ts';

const BEFORE =
  'host: a\nkeyFile: /k1\ntags: {env: test}\nscrape: [{url: "http://a", include: b}]\n';

/** As the running agent gets it from the process that reads it. */
function answered(text: string) {
  const answer = readRunningConfig({ config: fileWith(text) }, {});
  return decodeConfigAnswer(encodeConfigAnswer(answer));
}

function running(): RunningConfig {
  const answer = answered(BEFORE);
  if (!answer.ok) throw new Error(answer.error.join());
  return answer.value;
}

function reloaded(text: string) {
  return reload(running(), answered(text));
}

describe('a configuration that is read again', () => {
  it('changes what can change', () => {
    const { config, lines } = reloaded(
      'host: a\nkeyFile: /k2\ntags: {env: prod}\nscrape: [{url: "http://a", include: c}]\n',
    );
    expect(config).toMatchObject({ keyFile: '/k2', tags: { env: 'prod' } });
    expect(config.sources.scrape[0]?.include).toEqual(/^(?:c)$/);
    expect(lines).toEqual(['configuration read again, now in force: keyFile, tags, scrape']);
  });

  it('says what needs a restart, and keeps it', () => {
    const { config, lines } = reloaded(`${BEFORE.replace('host: a', 'host: b')}sampleInterval: 5s`);
    expect(config).toMatchObject({ host: 'a', sampleIntervalMs: 10_000 });
    expect(lines).toEqual(['changed, but in force only after a restart: host, sampleInterval']);
  });

  it('goes on with its key when the file names none any more', () => {
    const { config, lines } = reloaded(BEFORE.replace('keyFile: /k1\n', ''));
    expect(config.keyFile).toBe('/k1');
    expect(lines).toEqual(['changed, but in force only after a restart: keyFile']);
  });

  it('says so when nothing changed, though written otherwise', () => {
    const { lines } = reloaded(`# the same\n${BEFORE}sampleInterval: "10"\n`);
    expect(lines).toEqual(['configuration read again: nothing changed']);
  });

  it('keeps everything when it is broken', () => {
    const { config, lines } = reloaded('host: b\ntags: [');
    expect(config).toMatchObject({ host: 'a', keyFile: '/k1', tags: { env: 'test' } });
    expect(lines[0]).toMatch(/agent\.yaml:2:\d+: /);
    expect(lines.at(-1)).toBe('configuration not taken: the one before still holds');
  });
});

describe.runIf(process.platform === 'linux')('an agent under way', () => {
  it('takes new tags and sources on SIGHUP, and survives a broken file', async () => {
    const server = await faultServer(stores);
    const file = fileWith('');
    const key = join(dirname(file), 'key');
    writeFileSync(key, 'hv_0123456789\n');
    const common = `url: ${server.url.href}\nkeyFile: ${key}\nhost: a\nsampleInterval: 1s\nbatchInterval: 1s\nspoolDir: off\n`;
    writeFileSync(file, `${common}tags: {env: test}\n`);
    const agent = spawn(process.execPath, [MAIN, '--config', file, 'run'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    onTestFinished(() => {
      agent.kill('SIGKILL');
    });
    const lines = createInterface(agent.stderr)[Symbol.asyncIterator]();
    const said = async (text: string) => {
      for (let next = await lines.next(); !next.done; next = await lines.next()) {
        if (next.value.includes(text)) return next.value;
      }
      throw new Error(`the agent ended and never said: ${text}`);
    };
    await said('a sample every');

    writeFileSync(file, `${common}tags: {env: [\n`);
    agent.kill('SIGHUP');
    await said('the one before still holds');

    writeFileSync(
      file,
      `${common}tags: {env: prod}\nexec: [{name: own, command: [/bin/echo, my_number 7]}]\n`,
    );
    agent.kill('SIGHUP');
    expect(await said('now in force')).toContain('tags, exec');

    const seen = () =>
      server.received.flatMap(({ body }) => {
        const chunk = decodeChunk(body);
        return chunk.ok ? chunk.value.series.map(({ labels }) => labels) : [];
      });
    const has = (name: string, label: string, value: string) =>
      seen().some(
        (labels) => labelValue(labels, METRIC_NAME) === name && labelValue(labels, label) === value,
      );
    while (!has('host_info', 'env', 'prod') || !has('my_number', 'instance', 'own')) {
      await server.arrived(server.received.length + 1);
    }
    agent.kill('SIGTERM');
    await once(agent, 'exit');
    expect(agent.exitCode).toBe(0);
  }, 30_000);
});

const MAIN = fileURLToPath(new URL('../../agent/main.ts', import.meta.url));
