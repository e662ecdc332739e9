import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Layout } from '../../agent/update/layout.ts';
import type { Verdict } from '../../agent/update/state-files.ts';

/** What an agent does when it is tried or started. */
export type Behaviour = 'posts' | 'crashes' | 'hangs' | 'badConfig' | 'distrusts';

/** An installed agent in a folder of its own, with a service manager that really starts processes. */
export interface Installation {
  readonly folder: string;
  readonly layout: Layout;
  readonly systemctl: string;
  readonly journalctl: string;
  /** An executable that behaves so, for a release. */
  readonly executable: (version: string, behaviour: Behaviour) => string;
  readonly setState: (state: 'active' | 'inactive' | 'failed') => void;
  /** Nothing can be posted as long as it is. */
  readonly setDark: (isDark: boolean) => void;
  /** What the executable behind the link says it is; throws where it does not work. */
  readonly currentVersion: () => string;
  /** The version of the process that runs, `undefined` where none does. */
  readonly runningVersion: () => string | undefined;
  /** Everything in `versions`, unfinished things too. */
  readonly folders: () => readonly string[];
  readonly verdicts: () => readonly Verdict[];
  readonly isTrialOpen: () => boolean;
  readonly restartService: () => void;
}

export function installAgent(version: string): Installation {
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-update-'));
  const rootDir = join(folder, 'opt');
  const stateDir = join(folder, 'state');
  const layout: Layout = {
    rootDir,
    versionsDir: join(rootDir, 'versions'),
    currentLink: join(rootDir, 'current'),
    executableName: 'hypervigil-agent',
    stateDir,
    postedFile: join(folder, 'posted.json'),
  };
  const executable = (of: string, behaviour: Behaviour) => agentScript(folder, of, behaviour);
  mkdirSync(join(layout.versionsDir, version), { recursive: true });
  mkdirSync(stateDir);
  const first = join(layout.versionsDir, version, layout.executableName);
  writeFileSync(first, executable(version, 'posts'), { mode: 0o755 });
  symlinkSync(`versions/${version}`, layout.currentLink);
  const systemctl = join(folder, 'systemctl');
  writeFileSync(systemctl, systemctlScript(folder), { mode: 0o755 });
  const journalctl = join(folder, 'journalctl');
  writeFileSync(journalctl, `#!/bin/sh\ntail -n 5 ${folder}/log\n`, { mode: 0o755 });
  const setState = (state: string) => writeFileSync(join(folder, 'service'), `${state}\n`);
  setState('active');
  const pid = () => {
    const file = join(folder, 'pid');
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
  };
  onTestFinished(() => {
    const running = pid();
    if (running !== undefined) killIfAlive(running);
    rmSync(folder, { recursive: true, force: true });
  });
  const installation: Installation = {
    folder,
    layout,
    systemctl,
    journalctl,
    executable,
    setState,
    setDark: (isDark) => {
      const file = join(folder, 'dark');
      if (isDark) writeFileSync(file, '');
      else rmSync(file, { force: true });
    },
    currentVersion: () =>
      execFileSync(join(layout.currentLink, layout.executableName), ['--version'], {
        encoding: 'utf8',
      }).trim(),
    runningVersion: () => {
      const running = pid();
      if (running === undefined || !isAlive(running)) return undefined;
      return readFileSync(join(folder, 'running'), 'utf8').trim();
    },
    folders: () => readdirSync(layout.versionsDir).sort(),
    verdicts: () => {
      const file = join(stateDir, 'bad.json');
      return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
    },
    isTrialOpen: () => existsSync(join(stateDir, 'trial.json')),
    restartService: () => {
      execFileSync(systemctl, ['restart', 'hypervigil-agent.service']);
    },
  };
  installation.restartService();
  return installation;
}

/** What the link leads to, by name. */
export function linked({ layout }: Installation): string {
  return readlinkSync(layout.currentLink);
}

/** An agent as far as the updater meets it. */
function agentScript(folder: string, version: string, behaviour: Behaviour): string {
  const stay = 'exec sleep 600';
  const post = `printf '{"version":"${version}","atMs":%s}' $(date +%s%N | cut -c 1-13) > ${folder}/posted.$$
    mv ${folder}/posted.$$ ${folder}/posted.json`;
  const run = {
    posts: `if [ ! -e ${folder}/dark ]; then ${post}; fi; ${stay}`,
    crashes: `echo "cannot read the moon" >&2; touch ${folder}/crashed; exit 1`,
    hangs: stay,
    badConfig: stay,
    distrusts: stay,
  }[behaviour];
  return `#!/bin/sh
case "$*" in
  --version) echo ${version} ;;
  *"config check") ${behaviour === 'badConfig' ? 'echo "agent.yaml:1:1: no such setting" >&2; exit 2' : 'exit 0'} ;;
  "update --verify "*) ${behaviour === 'distrusts' ? 'exit 1' : '[ -s "$3/release.json.sig" ]'} ;;
  run)
    echo ${version} > ${folder}/running
    echo "$$" > ${folder}/started
    ${run}
    ;;
esac
`;
}

/** Starts a new agent after it has ended the one before, one caller after another, as systemd does. */
function systemctlScript(folder: string): string {
  return `#!/bin/sh
case "$1" in
  is-active) cat ${folder}/service ;;
  reset-failed) ;;
  # Three times at once.
  show) if [ -e ${folder}/crashed ]; then echo NRestarts=3; else echo NRestarts=0; fi ;;
  restart)
    exec 9> ${folder}/lock
    flock 9
    if [ -e ${folder}/pid ]; then kill -9 "$(cat ${folder}/pid)" 2> ${folder}/ignored; fi
    rm -f ${folder}/crashed
    setsid ${folder}/opt/current/hypervigil-agent run < /dev/null >> ${folder}/log 2>&1 9>&- &
    echo "$!" > ${folder}/pid
    # It has a session of its own before this one's ends.
    i=0
    while [ "$(cat ${folder}/started 2> ${folder}/ignored)" != "$!" ] && [ "$i" -lt 500 ]; do
      sleep 0.01
      i=$((i + 1))
    done
    ;;
esac
`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // One that nobody has waited for is still in the list.
  return !/^State:\sZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
