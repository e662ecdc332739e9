import { readFileSync } from 'node:fs';

/** The host key: the first line of the file. Throws, naming the file, where there is none. */
export function readKeyFile(path: string): string {
  const [line = ''] = readFileSync(path, 'utf8').split('\n');
  const key = line.trim();
  // An expression that also counts is compiled to 160 KB.
  if (key.length < 8 || key.length > 512 || !/^[\x21-\x7e]+$/.test(key)) {
    throw new Error(`${path}: the first line must be the host key (8 to 512 ASCII characters)`);
  }
  return key;
}
