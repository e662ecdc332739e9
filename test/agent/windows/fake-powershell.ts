import { readFileSync } from 'node:fs';
import { PowerShell, type PowerShellProcess } from '../../../agent/windows/powershell.ts';

const FIXTURES = new URL('../fixtures/windows/', import.meta.url);

/** The rows of a fixture: at first, and ten seconds later. */
export function fixture(name: string): readonly [unknown, unknown] {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FIXTURES), 'utf8'));
}

/** An error as PowerShell tells it. */
export class Refusal {
  readonly kind: string;
  readonly message: string;

  constructor(kind: string, message: string) {
    this.kind = kind;
    this.message = message;
  }
}

export const NO_SUCH_CLASS = new Refusal('InvalidClass', 'Ungültige Klasse');

/** A PowerShell in this process that answers each script at once. */
function answeringPowerShell(answer: (script: string) => unknown): PowerShell {
  const start = (): PowerShellProcess => {
    let tell: (text: string) => void = () => undefined;
    return {
      write: (text) => {
        for (const line of text.split('\n')) {
          const [, id, script = ''] = /^hv (\d+) \{(.*)\}$/.exec(line) ?? [];
          if (id !== undefined) queueMicrotask(() => tell(frameOf(id, answer(script))));
        }
      },
      onOutput: (listener) => {
        tell = listener;
      },
      onEnd: () => undefined,
      kill: () => undefined,
    };
  };
  return new PowerShell(start, () => 0);
}

function frameOf(id: string, answer: unknown): string {
  const outcome = answer instanceof Refusal ? 'fail' : 'ok';
  const json = JSON.stringify(answer).replace(
    /[^ -~]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `<hv:${id}:${outcome}:${json.length}>${json}\r\n`;
}

/** A Windows host from the fixtures: `reading` 0 or 1; what a test replaces comes first. */
export function fixtureWindows(replaced: Readonly<Record<string, unknown>> = {}) {
  const host = { reading: 0, asked: [] as string[] };
  const powerShell = answeringPowerShell((script) => {
    const name = nameOf(script);
    host.asked.push(name);
    if (Object.hasOwn(replaced, name)) {
      const given = replaced[name];
      return typeof given === 'function' ? given(host.reading) : given;
    }
    return name === 'hello' ? [5] : fixture(name)[host.reading];
  });
  return { host, powerShell };
}

/** What a script asks for: a class, or one of the scripts that ask for more. */
function nameOf(script: string): string {
  if (script.startsWith('$PSVersionTable')) return 'hello';
  if (script.includes('Get-WinEvent')) return 'events';
  if (script.includes('MachineGuid')) return 'facts';
  return /FROM (\w+)/.exec(script)?.[1] ?? script;
}
