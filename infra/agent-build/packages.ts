import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AgentPlatform } from '../../core/agent-release/release.ts';
import { billName } from './agent-bill.ts';
import { ROOT } from './agent-bundle.ts';
import { LICENCES_FILE } from './licences.ts';
import { PLATFORM_SOURCES } from './platforms.ts';
import { SERVICE_FILES, writeServiceFiles } from './service-files.ts';

const run = promisify(execFile);

const FORMATS = ['deb', 'rpm'] as const;
type Format = (typeof FORMATS)[number];

/** Where a package puts the agent. */
const PACKAGED_EXECUTABLE = '/usr/bin/hypervigil-agent';
const DOC = '/usr/share/doc/hypervigil-agent';
const RPM_LICENCES = '/usr/share/licenses/hypervigil-agent';
const SCRIPTS = join(SERVICE_FILES, 'packages');
const UNIT = 'hypervigil-agent.service';
const EXAMPLES = ['smart', 'docker'].map((name) => `hypervigil-agent.${name}.conf.example`);

/** Of all files in a package, so that the same contents are the same bytes. */
const FILE_TIME = '2020-01-01T00:00:00Z';

/** What Node's executables need; the C library as its own documentation says (BUILDING.md). */
const NEEDS: Readonly<Record<Format, readonly string[]>> = {
  deb: ['libc6 (>= 2.28)', 'libstdc++6 (>= 8)', 'libgcc-s1 | libgcc1', 'passwd', 'systemd'],
  rpm: ['glibc >= 2.28', 'libstdc++ >= 8', 'libgcc', '/usr/sbin/useradd', 'systemd'],
};

/** For the health of disks. */
const SUGGESTS = ['smartmontools'];

/** Throws, saying how to get it, unless nfpm can be run. */
export async function needNfpm(): Promise<void> {
  try {
    await run('nfpm', ['--version']);
  } catch {
    throw new Error(
      'packages are made by nfpm, which is not in PATH: go install github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.0',
    );
  }
}

/**
 * Makes the .deb and the .rpm of a platform in the release's folder, where the licences and the bill of materials are already.
 *
 * @param work a folder for what goes into them
 * @returns their names; none for a platform that has no packages
 */
export async function makePackages(
  platform: AgentPlatform,
  executable: string,
  version: string,
  work: string,
  outDir: string,
): Promise<readonly string[]> {
  const { packageArch } = PLATFORM_SOURCES[platform];
  if (packageArch === undefined) return [];
  await mkdir(work, { recursive: true });
  await writeServiceFiles(PACKAGED_EXECUTABLE, work);
  const names: Record<Format, string> = {
    deb: `hypervigil-agent_${version}_${packageArch.deb}.deb`,
    rpm: `hypervigil-agent-${version}-1.${packageArch.rpm}.rpm`,
  };
  for (const format of FORMATS) {
    const config = join(work, `nfpm-${format}.json`);
    const contents = contentsOf(format, platform, executable, work, outDir);
    const described = describe(format, packageArch.deb, version, contents);
    await writeFile(config, JSON.stringify(described));
    const target = join(outDir, names[format]);
    await run('nfpm', ['package', '--config', config, '--packager', format, '--target', target]);
  }
  return FORMATS.map((format) => names[format]);
}

/** For nfpm; JSON is YAML too. Source: nfpm.goreleaser.com/configuration. */
function describe(format: Format, arch: string, version: string, contents: readonly object[]) {
  const scripts = {
    deb: {
      preinstall: join(SCRIPTS, 'deb.preinst'),
      postinstall: join(SCRIPTS, 'deb.postinst'),
      preremove: join(SCRIPTS, 'deb.prerm'),
      postremove: join(SCRIPTS, 'deb.postrm'),
    },
    rpm: {
      preinstall: join(SCRIPTS, 'rpm.pre'),
      postinstall: join(SCRIPTS, 'rpm.post'),
      preremove: join(SCRIPTS, 'rpm.preun'),
      postremove: join(SCRIPTS, 'rpm.postun'),
    },
  };
  return {
    name: 'hypervigil-agent',
    arch,
    version,
    version_schema: 'semver',
    release: '1',
    section: 'admin',
    priority: 'optional',
    maintainer: 'Hypervigil <hypervigil@invalid>',
    description:
      'measures this host and its VMs for Hypervigil\nPosts the numbers to a deployment, which tells people when something is wrong.',
    license: 'Apache-2.0',
    mtime: FILE_TIME,
    depends: NEEDS[format],
    suggests: SUGGESTS,
    scripts: scripts[format],
    contents,
    deb: { compression: 'gzip' },
    rpm: { compression: 'gzip', buildhost: 'localhost', group: 'System/Monitoring' },
  };
}

function contentsOf(
  format: Format,
  platform: AgentPlatform,
  executable: string,
  work: string,
  outDir: string,
) {
  const licences = format === 'deb' ? `${DOC}/copyright` : `${RPM_LICENCES}/LICENSE`;
  // rpm removes only folders that are named.
  const folders = ['/etc/hypervigil', DOC, `${DOC}/examples`];
  if (format === 'rpm') folders.push(RPM_LICENCES);
  const file = (src: string, dst: string, mode = 0o644) => ({
    src,
    dst,
    file_info: { mode, mtime: FILE_TIME },
  });
  return [
    file(executable, PACKAGED_EXECUTABLE, 0o755),
    file(join(work, UNIT), `/usr/lib/systemd/system/${UNIT}`),
    ...folders.map((dst) => ({ dst, type: 'dir', file_info: { mode: 0o755, mtime: FILE_TIME } })),
    file(join(ROOT, 'docs', 'agent.yaml'), `${DOC}/examples/agent.yaml`),
    ...EXAMPLES.map((name) => file(join(work, name), `${DOC}/examples/${name}`)),
    file(join(outDir, LICENCES_FILE), licences),
    file(join(outDir, billName(platform)), `${DOC}/sbom.cdx.json`),
  ];
}
