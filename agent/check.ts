import type { Collector, CollectorCheck } from './collectors/collector.ts';
import type { AgentConfig } from './config.ts';
import { hostInKeyFile } from './key-file.ts';
import { messageOf } from './log.ts';
import type { PostOutcome } from './poster.ts';

/** One line of `agent check`. */
export interface Finding extends CollectorCheck {
  readonly what: string;
}

const CHECK_TIMEOUT_MS = 10_000;

/** What each collector can see. One that throws or hangs is in trouble. */
export async function checkCollectors(
  collectors: readonly Collector[],
): Promise<readonly Finding[]> {
  return Promise.all(
    collectors.map(async (collector) => ({
      what: collector.name,
      ...(await checkInTime(collector)),
    })),
  );
}

/**
 * Is the agent told where to post and with which key, and does the server take that key? It is asked
 * with an empty batch: a server that knows the key refuses only the bytes, and nothing is stored.
 */
export async function checkServer(
  { url, keyFile, host }: AgentConfig,
  post: (url: URL, keyFile: string) => Promise<PostOutcome>,
): Promise<Finding> {
  const what = 'server';
  if (url === undefined) {
    const mend = 'set HYPERVIGIL_URL, or url in the configuration file';
    return { what, status: 'absent', sees: 'no address to post to', mend };
  }
  if (keyFile === undefined) {
    const mend =
      'set HYPERVIGIL_KEY_FILE to a file with the host key, or keyFile in the configuration file';
    return { what, status: 'trouble', sees: `${url.host}, but no host key`, mend };
  }
  const outcome = await post(url, keyFile);
  switch (outcome.kind) {
    case 'stored':
    case 'refused': {
      const holder = hostInKeyFile(keyFile) ?? '';
      if (holder !== '' && holder !== host) {
        const sees = `the key in ${keyFile} is of host ${holder}, and this is ${host}`;
        const mend = 'get this host a key of its own: agent enroll --token-file FILE';
        return { what, status: 'trouble', sees, mend };
      }
      return { what, status: 'ok', sees: `${url.host} takes the key in ${keyFile}` };
    }
    case 'misconfigured':
      return { what, status: 'trouble', sees: outcome.message };
    case 'later':
      return {
        what,
        status: 'trouble',
        sees: outcome.message,
        mend: `see if ${url.href} is right, up, and let through by the firewall`,
      };
  }
}

/** Findings as aligned lines; what to do stands below what is wrong. */
export function formatFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ what }) => what.length));
  return findings
    .flatMap(({ what, status, sees, mend }) => {
      const line = `${status.padEnd('trouble'.length)}  ${what.padEnd(width)}  ${sees}`;
      return mend === undefined ? [line] : [line, `${' '.repeat(width + 11)}-> ${mend}`];
    })
    .join('\n');
}

async function checkInTime(collector: Collector): Promise<CollectorCheck> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<CollectorCheck>((resolve) => {
    timer = setTimeout(() => {
      resolve({ status: 'trouble', sees: `no answer within ${CHECK_TIMEOUT_MS / 1000} s` });
    }, CHECK_TIMEOUT_MS);
  });
  const checked = collector
    .check()
    .catch((error: unknown): CollectorCheck => ({ status: 'trouble', sees: messageOf(error) }));
  const result = await Promise.race([checked, late]);
  clearTimeout(timer);
  return result;
}
