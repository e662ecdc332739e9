/** Looks for what is known to be wrong with the packages that are used: `npm run audit`. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { ACCEPTED } from './accepted.ts';
import { askAdvisories, checkRegistry } from './advisories.ts';
import { checkLock } from './lockfile.ts';
import { verdictOn } from './verdict.ts';

/** Nobody could be asked: neither well nor unwell. .ci/run knows it. */
const NOT_CHECKED = 3;

interface Flags {
  readonly folder: string;
  readonly required?: boolean;
}

const flags = new Command('npm run audit --')
  .description(
    'Looks for what is known to be wrong with the packages that are used: high or critical advisories, or critical ones of what is used in development only; packages without a hash, of other places than npm, with scripts or licences that were not allowed. Ends with 1 if there is anything, and with 3 if nobody could be asked for advisories.',
  )
  .option('--folder <dir>', 'where package.json and package-lock.json are', '.')
  .option('--required', 'before a release: ends with 1 if nobody could be asked')
  .parse()
  .opts<Flags>();

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const folder = resolve(flags.folder);
const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const problems = checkLock(read('package.json'), read('package-lock.json'));
for (const problem of problems) say(problem);
say(`package-lock.json: ${problems.length === 0 ? 'nothing wrong' : `${problems.length} wrong`}`);

// What is given away or runs in Lambdas, then all.
const asked = [
  await askAdvisories(folder, ['--omit=dev']),
  await askAdvisories(folder),
  await checkRegistry(),
] as const;
const { lines, kind } = verdictOn(asked, ACCEPTED, Date.now());
for (const line of lines) say(line);
if (problems.length > 0 || kind === 'found') process.exitCode = 1;
else if (kind === 'unasked') process.exitCode = flags.required === true ? 1 : NOT_CHECKED;
