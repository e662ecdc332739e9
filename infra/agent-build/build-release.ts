import type { KeyObject } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { AgentFile, AgentPlatform, CompanionFile } from '../../core/agent-release/release.ts';
import { BUNDLE_NAME, bundleAgent } from './agent-bundle.ts';
import { makeBlob, makeExecutable } from './executable.ts';
import { extractMember, pinnedPackage } from './pinned-package.ts';
import { PLATFORM_SOURCES, SERVICE_WRAPPER } from './platforms.ts';
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
  await mkdir(dirname(outDir), { recursive: true });
  const work = await mkdtemp(join(dirname(outDir), `.${basename(outDir)}-`));
  try {
    const out = join(work, 'release');
    await mkdir(out);
    const bundle = await bundleAgent({ version, releaseKey: publicKeyOf(key) });
    await writeFile(join(out, BUNDLE_NAME), bundle.text);
    say(`${BUNDLE_NAME}: ${megabytes(bundle.text.length)}`);
    const blob = await makeBlob(bundle.text, join(work, 'blob'));
    const files: AgentFile[] = [];
    for (const platform of plan.platforms) {
      const executable = await buildExecutable(platform, blob, plan.cacheDir, work);
      const file = await addExecutable(executable, platform, version, out);
      say(`${file.name}: ${megabytes(file.bytes)}, unpacked ${megabytes(file.unpackedBytes)}`);
      files.push(file);
    }
    await writeServiceFiles(INSTALLED_EXECUTABLE, out);
    const companions = await addCompanions(plan, out);
    await writeRelease({ version, files, companions }, key, out);
    await rm(outDir, { recursive: true, force: true });
    await rename(out, outDir);
    say(`${version} is in ${outDir}`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
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

/** Windows alone needs more than the executable: a program that runs it as a service. */
async function addCompanions(plan: BuildPlan, out: string): Promise<CompanionFile[]> {
  if (!plan.platforms.includes('win-x64')) return [];
  const tgz = await pinnedPackage(SERVICE_WRAPPER.package, plan.cacheDir);
  const wrapper = await extractMember(tgz, SERVICE_WRAPPER.member, join(dirname(out), 'wrapper'));
  await copyFile(wrapper, join(out, SERVICE_WRAPPER.name));
  const names = [SERVICE_WRAPPER.name, ...SERVICE_WRAPPER.definitions];
  return Promise.all(names.map((name) => describeCompanion(name, 'win-x64', out)));
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
