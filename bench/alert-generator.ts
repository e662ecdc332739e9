import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { closeServer, LOOPBACK, listen } from '../infra/local/listen.ts';
import { readLocalSettings } from '../infra/local/settings.ts';
import { startStack } from '../infra/local/stack.ts';

/**
 * `node bench/alert-generator.ts TESTER RULES [TICK]`: runs Prometheus' test of alert generators (the
 * built program, and the rules.yaml beside its sources) against the local stack, some 40 minutes. Ends
 * as the tester does. See docs/alert-generator.md.
 */
const [tester, rulesFile, tick = '5s'] = process.argv.slice(2);
if (tester === undefined || rulesFile === undefined) {
  console.error('usage: node bench/alert-generator.ts TESTER RULES [TICK]');
  process.exit(2);
}

/**
 * Samples come 15 s apart and groups are evaluated each 30 s. A sample that is due with an evaluation
 * would be seen by it or not, as the machine pleases; so the tester begins halfway between two.
 */
const SAMPLE_MS = 15_000;

const folder = await mkdtemp(join(tmpdir(), 'hypervigil-'));
try {
  process.exitCode = await run(tester, rulesFile);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function run(testerPath: string, rulesPath: string): Promise<number> {
  const rules = join(folder, 'rules');
  await mkdir(rules);
  await copyFile(rulesPath, join(rules, 'alert-generator.rules.yaml'));
  const alertsPort = await freePort();
  const data = join(folder, 'data');
  const flags = { port: '0', data, rules, tick, agent: false, plain: true };
  const alertmanager = [`http://${LOOPBACK}:${alertsPort}`];
  const settings = readLocalSettings({ ...flags, alertmanager }, {});
  if (!settings.ok) throw new Error(settings.error.message);
  const stack = await startStack(settings.value, process.stdout);
  if (!stack.ok) throw new Error(stack.error.message);
  try {
    const config = join(folder, 'tester.yaml');
    const text = await testerConfig(stack.value.url, alertsPort, join(data, 'keys'));
    await writeFile(config, text, { mode: 0o600 });
    // The tester wants each group to have been evaluated before it begins.
    await sleep(3 * SAMPLE_MS - (Date.now() % SAMPLE_MS) + SAMPLE_MS / 2);
    return await ended(testerPath, config);
  } finally {
    await stack.value.stop();
  }
}

async function testerConfig(url: string, alertsPort: number, keys: string): Promise<string> {
  const secret = async (name: string) => ({
    basic_auth_user: 'tester',
    basic_auth_pass: (await readFile(join(keys, name), 'utf8')).trim(),
  });
  const token = await secret('api.token');
  const key = await secret(`${encodeURIComponent(hostname())}.key`);
  return stringify({
    settings: {
      remote_write_url: `${url}/api/v1/write`,
      query_base_url: url,
      rules_and_alerts_api_base_url: url,
      alert_reception_server_port: String(alertsPort),
      alert_message_parser: 'default',
    },
    auth: { remote_write: key, rules_and_alerts_api: token, query: token },
  });
}

function ended(testerPath: string, config: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(testerPath, ['-config-file', config], { stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server, 0);
  await closeServer(server, 0);
  if (!port.ok) throw new Error(port.error.message);
  return port.value;
}
