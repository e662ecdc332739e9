import * as v from 'valibot';

/** What package.json and package-lock.json say, as far as it is looked at here. */
const Manifest = v.looseObject({
  dependencies: v.optional(v.record(v.string(), v.string()), {}),
  devDependencies: v.optional(v.record(v.string(), v.string()), {}),
  allowScripts: v.optional(v.record(v.string(), v.boolean()), {}),
});

const Locked = v.looseObject({
  version: v.optional(v.string()),
  resolved: v.optional(v.string()),
  integrity: v.optional(v.string()),
  license: v.optional(v.string()),
  link: v.optional(v.boolean(), false),
  dev: v.optional(v.boolean(), false),
  /** It comes within another package, and is in that one's hash. */
  inBundle: v.optional(v.boolean(), false),
  hasInstallScript: v.optional(v.boolean(), false),
  optional: v.optional(v.boolean(), false),
  os: v.optional(v.array(v.string())),
  cpu: v.optional(v.array(v.string())),
  libc: v.optional(v.array(v.string())),
});
type Locked = v.InferOutput<typeof Locked>;

const Lock = v.looseObject({
  lockfileVersion: v.picklist([3]),
  packages: v.record(v.string(), Locked),
});

const EXACT = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;
const REGISTRY = 'https://registry.npmjs.org/';
const INTEGRITY = /^sha512-[A-Za-z0-9+/]{86}==$/;

/** Of the machines on which this is built, tested and deployed from; they run Linux with glibc. */
const PROCESSORS = new Set(['x64', 'arm64']);

/**
 * Licences of what is given away with an agent or runs in a Lambda: ones that ask for no more than their text, or, as
 * Mozilla's, for the sources of the package's own files, which npm has as they are used.
 */
const LICENCES = new Set([
  ...['Apache-2.0', 'MIT', 'MIT-0', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause'],
  ...['BlueOak-1.0.0', 'CC0-1.0', 'Unlicense', 'Python-2.0', 'MPL-2.0'],
]);

/**
 * What is wrong with the pinned packages, a line each, without asking anybody: each has one version and a hash,
 * comes from npm's registry, runs a script at installation only if package.json allows it, and its licence is
 * one of those that serve, if it is for more than development. Throws for files that are not npm's.
 */
export function checkLock(manifestJson: unknown, lockJson: unknown): readonly string[] {
  const manifest = v.parse(Manifest, manifestJson);
  const { packages } = v.parse(Lock, lockJson);
  const direct = { ...manifest.dependencies, ...manifest.devDependencies };
  const loose = Object.entries(direct)
    .filter(([, wanted]) => !EXACT.test(wanted))
    .map(([name, wanted]) => `package.json: ${name}: "${wanted}" is not one version`);
  const { '': _, ...installed } = packages;
  const found = Object.entries(installed).flatMap(([path, locked]) =>
    problemsOf(path, locked, manifest.allowScripts).map((problem) => `${path}: ${problem}`),
  );
  return [...loose, ...found];
}

function problemsOf(
  path: string,
  locked: Locked,
  allowScripts: Readonly<Record<string, boolean>>,
): string[] {
  const { version, resolved, integrity, license, link, dev, inBundle, hasInstallScript } = locked;
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const problems: string[] = [];
  if (link || version === undefined || !EXACT.test(version.replace(/\+.*$/, '')))
    problems.push(`"${link ? 'a link' : version}" is not a version of npm's registry`);
  if (resolved !== undefined && !resolved.startsWith(REGISTRY))
    problems.push(`comes from ${resolved}, not from npm's registry`);
  const mayLack = integrity === undefined && (inBundle || isForOthersOnly(locked));
  if (!mayLack && !INTEGRITY.test(integrity ?? ''))
    problems.push(`its hash is ${integrity ?? 'missing'}, not one of SHA-512`);
  if (hasInstallScript && allowScripts[name] !== true)
    problems.push(
      'runs a script at installation, which allowScripts in package.json does not allow',
    );
  if (!dev && !isAllowed(license))
    problems.push(`its licence is ${license ?? 'not said'}, which is not among those that serve`);
  return problems;
}

/**
 * A tool's executable for a system on which nothing is built, tested or deployed: only who develops there gets it.
 * Where the lock file was made the registry had none of these, so npm could not note their hashes.
 */
function isForOthersOnly({ dev, optional, os = [], cpu = [], libc = ['glibc'] }: Locked): boolean {
  const isBuiltOn =
    os.includes('linux') && libc.includes('glibc') && cpu.some((one) => PROCESSORS.has(one));
  return dev && optional && os.length > 0 && !isBuiltOn;
}

/** Of an expression of SPDX, every licence that it names has to serve. */
function isAllowed(expression: string | undefined): boolean {
  const names = (expression ?? '').split(/[()\s]+|\b(?:AND|OR)\b/).filter((name) => name !== '');
  return names.length > 0 && names.every((name) => LICENCES.has(name));
}
