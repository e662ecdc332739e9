import type { KeyObject } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { AgentFile, AgentPlatform, CompanionFile } from '../../core/agent-release/release.ts';
import { agentBill, billName } from './agent-bill.ts';
import { BUNDLE_NAME, bundleAgent, bundleParts } from './agent-bundle.ts';
import { makeBlob, makeExecutable } from './executable.ts';
import { LICENCES_FILE, licencesOf } from './licences.ts';
import { makePackages, needNfpm } from './packages.ts';
import { extractMember, pinnedPackage } from './pinned-package.ts';
import { NODE_LICENCE, PLATFORM_SOURCES, SERVICE_WRAPPER } from './platforms.ts';
import { addExecutable, describeCompanion, writeRelease } from './release-files.ts';
import { INSTALLED_EXECUTABLE, writeServiceFiles } from './service-files.ts';
import { publicKeyOf } from './signing-key.ts';

export interface BuildPlan {
  readonly platforms: readonly AgentPlatform[];
  readonly outDir: string;
  /** Packages of npm that were fetched before. */
  readonly cacheDir: string;
  readonly version: string;
  /** Are .deb and .rpm wanted too? */
  readonly hasPackages: boolean;
}

type Say = (line: string) => void;

/**
 * Makes a release in a folder beside the wanted one, and puts it there when it is whole. The same
 * sources, version and key give the same bytes.
 */
export async function buildRelease(plan: BuildPlan, key: KeyObject, say: Say): Promise<void> {
  const { outDir, version } = plan;
  if (plan.hasPackages) await needNfpm();
  await mkdir(dirname(outDir), { recursive: true });
  const work = await mkdtemp(join(dirname(outDir), `.${basename(outDir)}-`));
  try {
    const out = join(work, 'release');
    await mkdir(out);
    const facts = { version, releaseKey: publicKeyOf(key) };
    const bundle = await bundleAgent(facts);
    await writeFile(join(out, BUNDLE_NAME), bundle.text);
    say(`${BUNDLE_NAME}: ${megabytes(bundle.text.length)}`);
    const blob = await makeBlob(await bundleParts(facts), join(work, 'blob'));
    await writeServiceFiles(INSTALLED_EXECUTABLE, out);
    const licence = await nodeLicence(plan.cacheDir, work);
    await writeFile(join(out, LICENCES_FILE), await licencesOf(bundle.inputs, licence));
    const files: AgentFile[] = [];
    const companions: CompanionFile[] = [];
    for (const platform of plan.platforms) {
      const executable = await buildExecutable(platform, blob, plan.cacheDir, work);
      const file = await addExecutable(executable, platform, version, out);
      say(`${file.name}: ${megabytes(file.bytes)}, unpacked ${megabytes(file.unpackedBytes)}`);
      files.push(file);
      await writeFile(join(out, billName(platform)), agentBill(platform, version, bundle.used));
      const names = await companionNames(plan, platform, executable, out);
      for (const name of [...names, billName(platform)])
        companions.push(await describeCompanion(name, platform, out));
    }
    await writeRelease({ version, files, companions }, key, out);
    await rm(outDir, { recursive: true, force: true });
    await rename(out, outDir);
    say(`${version} is in ${outDir}`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Windows' package of Node is without it. */
async function nodeLicence(cacheDir: string, work: string): Promise<string> {
  const tgz = await pinnedPackage(PLATFORM_SOURCES['linux-x64'].node, cacheDir);
  return readFile(await extractMember(tgz, NODE_LICENCE, join(work, 'licence')), 'utf8');
}

async function buildExecutable(
  platform: AgentPlatform,
  blob: string,
  cacheDir: string,
  work: string,
): Promise<string> {
  const { node, member, executable } = PLATFORM_SOURCES[platform];
  const dir = join(work, platform);
  const tgz = await pinnedPackage(node, cacheDir);
  const source = await extractMember(tgz, member, dir);
  const out = join(dir, executable);
  await makeExecutable(source, blob, out);
  await rm(source);
  return out;
}

/** Makes what a platform needs beside the executable, or is another way to get it. */
async function companionNames(
  { hasPackages, cacheDir, version }: BuildPlan,
  platform: AgentPlatform,
  executable: string,
  out: string,
): Promise<readonly string[]> {
  if (platform !== 'win-x64') {
    const work = join(dirname(executable), 'package');
    return hasPackages ? makePackages(platform, executable, version, work, out) : [];
  }
  const tgz = await pinnedPackage(SERVICE_WRAPPER.package, cacheDir);
  const wrapper = await extractMember(tgz, SERVICE_WRAPPER.member, dirname(executable));
  await copyFile(wrapper, join(out, SERVICE_WRAPPER.name));
  return [SERVICE_WRAPPER.name, ...SERVICE_WRAPPER.definitions];
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
