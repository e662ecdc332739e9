import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './agent-bundle.ts';

/** The licences of all that is in an agent: a file of the release. */
export const LICENCES_FILE = 'LICENSES.txt';

const RULE = '='.repeat(78);

const WINSW = `Copyright (c) 2008-2013 Sun Microsystems, Inc., CloudBees, Inc. and other contributors

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT
LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT.
IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION
WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

/**
 * The texts of our licence, Node's, and those of the bundled packages. Throws for a package without
 * one: it may not be given away.
 *
 * @param inputs the bundled files, from the root
 */
export async function licencesOf(inputs: readonly string[], nodeLicence: string): Promise<string> {
  const sections = [
    ['Hypervigil', await readFile(join(ROOT, 'LICENSE'), 'utf8')],
    ['Node.js, in the executables', nodeLicence],
    ['WinSW, the service wrapper for Windows', WINSW],
  ];
  for (const folder of packageFolders(inputs)) {
    sections.push([folder.replace(/^.*node_modules\//, ''), await licenceIn(join(ROOT, folder))]);
  }
  return sections.map(([name, text]) => `${RULE}\n${name}\n${RULE}\n\n${text}\n`).join('\n');
}

function packageFolders(inputs: readonly string[]): readonly string[] {
  const folders = inputs.flatMap(
    (input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? [],
  );
  return [...new Set(folders)].sort();
}

async function licenceIn(folder: string): Promise<string> {
  const names = existsSync(folder) ? await readdir(folder) : [];
  const name = names.find((each) => /^licen[cs]e(\.|$)/i.test(each));
  if (name === undefined) throw new Error(`${folder}: no licence, so it may not be given away`);
  return readFile(join(folder, name), 'utf8');
}
