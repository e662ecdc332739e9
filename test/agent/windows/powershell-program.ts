import { appendFileSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/**
 * A program that answers as PowerShell does with the agent's prelude, or does not: what it does for a
 * script stands in a file (first argument), read for each request. Another file (second argument)
 * gets a line for each start and each request.
 */
const [, , rulesFile = '', logFile = ''] = process.argv;

appendFileSync(logFile, `start ${process.pid}\n`);

for await (const line of createInterface({ input: process.stdin })) {
  const [, id, script = ''] = /^hv (\d+) \{(.*)\}$/.exec(line) ?? [];
  if (id === undefined) continue;
  appendFileSync(logFile, `${script}\n`);
  const rules: Record<string, string> = JSON.parse(readFileSync(rulesFile, 'utf8'));
  const name = script.startsWith('$PSVersionTable') ? 'hello' : script;
  behave(id, rules[name] ?? 'answer', name);
}

function behave(id: string, rule: string, name: string): void {
  const json = JSON.stringify([{ Name: name }]);
  const frame = `<hv:${id}:ok:${json.length}>${json}`;
  if (rule === 'crash') {
    process.stderr.write('Windows PowerShell has stopped working\r\n');
    process.exit(3);
  }
  switch (rule) {
    case 'hang':
      return;
    case 'refuse': {
      const why = JSON.stringify({ kind: 'AccessDenied', message: 'Zugriff verweigert ' });
      process.stdout.write(`<hv:${id}:fail:${why.length}>${why}\r\n`);
      return;
    }
    case 'noise':
      process.stdout.write(
        `\uFEFFWARNUNG: Löschen ...\r\nPS C:\\> <hv:99999:ok:2>[]\r\nPS C:\\> ${frame}\r\n`,
      );
      return;
    case 'parts':
      process.stdout.write(frame.slice(0, 9));
      setTimeout(() => process.stdout.write(`${frame.slice(9)}\r\n`), 20);
      return;
    case 'cut':
      process.stdout.write(`${frame.slice(0, -4)}\r\n`);
      return;
    case 'flood':
      for (let i = 0; i < 9; i++) process.stdout.write('x'.repeat(1 << 20));
      return;
    default:
      process.stdout.write(`${frame}\r\n`);
  }
}
