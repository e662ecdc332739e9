import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** What the scripts use of a system, each found where this machine has it. */
const PROGRAMS =
  'awk base64 cat chmod chown cp curl cut date df flock grep gzip head id ln mkdir mktemp mv openssl readlink rm rmdir script sed sha256sum sleep stat stty sync tail touch tr uname wget';

/** Stands for systemd: notes what it is told, and an agent that starts posts at once. */
const SYSTEMCTL = `#!/bin/sh
printf 'systemctl %s\\n' "$*" >>"$FAKE_LOG"
case $* in
'restart hypervigil-agent.service')
  echo active >"$FAKE_STATE"
  if [ "\${FAKE_POSTS:-yes}" = yes ]; then
    mkdir -p "$HYPERVIGIL_INSTALL_ROOT/var/lib/hypervigil"
    date +%s%N >"$HYPERVIGIL_INSTALL_ROOT/var/lib/hypervigil/posted.json"
  fi
  ;;
'is-active --quiet hypervigil-agent.service') [ "$(cat "$FAKE_STATE" 2>/dev/null)" = active ] ;;
'disable --quiet --now hypervigil-agent.service') rm -f "$FAKE_STATE" ;;
'enable --quiet --now hypervigil-agent-update.timer'|'start hypervigil-agent-update.timer') : >"$FAKE_STATE.timer" ;;
'stop hypervigil-agent-update.timer') rm "$FAKE_STATE.timer" ;;
'is-active --quiet hypervigil-agent-update.timer') [ -e "$FAKE_STATE.timer" ] ;;
is-failed*) exit 1 ;;
esac
`;

/** Stands for the system's users: a file with their names. */
const USERS = {
  id: '#!/bin/sh\n[ $# -eq 2 ] || { echo 0; exit; }\ngrep -qx "$2" "$FAKE_USERS"\n',
  chown: '#!/bin/sh\nprintf "chown %s\\n" "$*" >>"$FAKE_LOG"\n',
  getent: '#!/bin/sh\ngrep -qx "$2" "$FAKE_USERS"\n',
  groupadd: '#!/bin/sh\n',
  useradd:
    '#!/bin/sh\nprintf "useradd %s\\n" "$*" >>"$FAKE_LOG"\nfor name; do :; done\necho "$name" >>"$FAKE_USERS"\n',
  userdel: '#!/bin/sh\nprintf "userdel %s\\n" "$*" >>"$FAKE_LOG"\n: >"$FAKE_USERS"\n',
  groupdel: '#!/bin/sh\n',
  journalctl: '#!/bin/sh\necho "hypervigil agent: the deployment answered 403"\n',
};

export interface Outcome {
  readonly status: number | null;
  readonly output: string;
}

export interface RunOptions {
  readonly shell?: readonly string[];
  readonly stdin?: string;
  /** It runs in a terminal, and this is typed when it asks. */
  readonly onPrompt?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Programs that this system lacks. */
  readonly without?: readonly string[];
}

/** A host to install on, below a folder: with a service manager and users that only note what they are told. */
export class ScriptHost {
  readonly path = mkdtempSync(join(tmpdir(), 'hypervigil-install-'));
  readonly root = join(this.path, 'root');
  readonly #bin = join(this.path, 'bin');
  readonly #log = join(this.path, 'log');

  constructor({ hasSystemd = true } = {}) {
    mkdirSync(this.root);
    mkdirSync(this.#bin);
    writeFileSync(join(this.path, 'users'), '');
    writeFileSync(this.#log, '');
    for (const name of PROGRAMS.split(' ')) {
      const found = ['/usr/bin', '/bin', '/usr/sbin'].find((dir) => existsSync(join(dir, name)));
      if (found !== undefined) symlinkSync(join(found, name), join(this.#bin, name));
    }
    for (const shell of ['sh', 'dash', 'bash', 'busybox'])
      symlinkSync(join('/bin', shell), join(this.#bin, shell));
    this.program('systemctl', SYSTEMCTL);
    for (const [name, text] of Object.entries(USERS)) this.program(name, text);
    if (hasSystemd) mkdirSync(join(this.root, 'run/systemd/system'), { recursive: true });
  }

  /** Puts a program in place of this machine's. */
  program(name: string, text: string): void {
    const path = join(this.#bin, name);
    rmSync(path, { force: true });
    writeFileSync(path, text);
    chmodSync(path, 0o755);
  }

  /** Notes what this machine's program is told, and lets it do it. */
  wrap(name: string): void {
    const path = ['/usr/bin', '/bin'].map((dir) => join(dir, name)).find(existsSync);
    this.program(name, `#!/bin/sh\nprintf '${name} %s\\n' "$*" >>"$FAKE_LOG"\nexec ${path} "$@"\n`);
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  /** What the programs were told, one call a line. */
  get log(): string {
    return readFileSync(this.#log, 'utf8');
  }

  /** Runs a script with these arguments. */
  async run(script: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const { output, ended } = this.spawn(script, args, options);
    const status = await ended;
    return { status, output: output() };
  }

  spawn(
    script: string,
    args: readonly string[],
    { shell = ['dash'], stdin, environment = {}, without = [], onPrompt }: RunOptions = {},
  ): { child: ChildProcess; output: () => string; ended: Promise<number | null> } {
    const file = join(this.path, 'script');
    writeFileSync(file, script);
    for (const name of without) rmSync(join(this.#bin, name), { force: true });
    const [program = 'dash', ...before] = onPrompt === undefined ? shell : ['script'];
    const terminal = ['-qefc', [...shell, file, ...args].join(' '), '/dev/null'];
    const all = onPrompt === undefined ? [...before, file, ...args] : terminal;
    const child = spawn(join(this.#bin, program), all, {
      env: {
        PATH: this.#bin,
        TMPDIR: this.path,
        HYPERVIGIL_INSTALL_ROOT: this.root,
        FAKE_LOG: this.#log,
        FAKE_STATE: join(this.path, 'state'),
        FAKE_USERS: join(this.path, 'users'),
        ...environment,
      },
      // Without a terminal to ask on.
      detached: true,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data: Buffer) => {
        output += data.toString();
        if (onPrompt !== undefined && /: $/.test(output)) child.stdin?.write(`${onPrompt}\n`);
      });
    child.stdin?.on('error', () => undefined);
    if (onPrompt === undefined) child.stdin?.end(stdin ?? '');
    const ended = once(child, 'close').then(() => child.exitCode);
    return { child, output: () => output, ended };
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  has(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  mode(path: string): number {
    return statSync(join(this.root, path)).mode & 0o777;
  }

  target(path: string): string {
    return readlinkSync(join(this.root, path));
  }

  /** All that is below the root but folders, in order. */
  files(folder = ''): string[] {
    return readdirSync(join(this.root, folder)).flatMap((name) => {
      const path = join(folder, name);
      return lstatSync(join(this.root, path)).isDirectory() ? this.files(path) : [path];
    });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
