import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { err, ok, type Result } from '../../core/result.ts';

/** From the least on, as npm has them. */
export const SEVERITIES = ['info', 'low', 'moderate', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Something published about a package that is installed. */
export interface Advisory {
  readonly packageName: string;
  readonly severity: Severity;
  readonly title: string;
  /** Where it is described; its last part is its id, `GHSA-...`. */
  readonly url: string;
  /** Versions that it is about. */
  readonly range: string;
}

const Via = v.looseObject({
  name: v.string(),
  title: v.string(),
  url: v.string(),
  severity: v.picklist(SEVERITIES),
  range: v.string(),
});

/** Source: npm's `audit --json`, report version 2. A text in `via` names another package of the report. */
const Report = v.looseObject({
  auditReportVersion: v.literal(2),
  vulnerabilities: v.record(
    v.string(),
    v.looseObject({ via: v.array(v.union([v.string(), Via])) }),
  ),
});
const Failure = v.union([
  v.pipe(
    v.looseObject({ message: v.string() }),
    v.transform(({ message }) => message),
  ),
  v.pipe(
    v.looseObject({ error: v.looseObject({ summary: v.string() }) }),
    v.transform(({ error }) => error.summary),
  ),
]);

/** Reads what `npm audit --json` printed. The error says why it is no answer. */
function readReport(text: string): Result<readonly Advisory[], string> {
  const json = parseJson(text);
  const report = v.safeParse(Report, json);
  if (!report.success) {
    const failure = v.safeParse(Failure, json);
    const printed = text.trim().slice(0, 200) || 'it printed nothing';
    return err(failure.success && failure.output !== '' ? failure.output : printed);
  }
  const all = Object.values(report.output.vulnerabilities).flatMap(({ via }) =>
    via.filter((one) => typeof one !== 'string'),
  );
  const distinct = new Map(all.map((one) => [`${one.name} ${one.url}`, one]));
  return ok([...distinct.values()].map(({ name, ...rest }) => ({ packageName: name, ...rest })));
}

/** Three tries of npm's own would take minutes where nobody answers. */
const NPM_FLAGS = ['--fetch-retries=1', '--fetch-retry-mintimeout=500', '--fetch-timeout=15000'];
const NPM_MAX_MS = 90_000;

/** Asks npm's registry about the packages in a folder's package-lock.json. The error says why there is no answer. */
export async function askAdvisories(
  folder: string,
  flags: readonly string[] = [],
): Promise<Result<readonly Advisory[], string>> {
  const asked = ['audit', '--json', '--package-lock-only', ...NPM_FLAGS, ...flags];
  const isWindows = process.platform === 'win32'; // npm is a script there, which only a shell starts.
  const text = await new Promise<string>((resolve) => {
    const options = { cwd: folder, timeout: NPM_MAX_MS, maxBuffer: 64 << 20, shell: isWindows };
    // It fails where it finds something, too: what counts is what it says.
    execFile('npm', asked, options, (error, stdout) =>
      resolve(stdout || (error === null ? '' : error.message)),
    );
  });
  return readReport(text);
}

/** Known to be vulnerable for years: whoever has nothing about it has nothing about anything. */
const CANARY = { name: 'minimist', version: '0.0.8' };

/**
 * Does the registry know advisories at all? A mirror may answer any question with an empty list, which would look
 * as if all were well. The error says why it is not to be believed.
 */
export async function checkRegistry(): Promise<Result<undefined, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'hypervigil-audit-'));
  const { name, version } = CANARY;
  const root = { name: 'canary', version: '1.0.0', dependencies: { [name]: version } };
  const packages = { '': root, [`node_modules/${name}`]: { version } };
  const lock = { ...root, lockfileVersion: 3, requires: true, packages };
  try {
    await writeFile(join(folder, 'package.json'), JSON.stringify(root));
    await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock));
    const found = await askAdvisories(folder);
    if (!found.ok) return found;
    if (found.value.some(({ packageName }) => packageName === name)) return ok(undefined);
    return err(`the registry knows nothing against ${name}@${version}, so it knows no advisories`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
