import type { AgentPlatform } from '../../core/agent-release/release.ts';
import { packagesOf } from '../supply-chain/bundled-packages.ts';
import { billOf, npmPurl, type Part } from '../supply-chain/cyclonedx.ts';
import { ROOT } from './agent-bundle.ts';
import { NODE_VERSION, PLATFORM_SOURCES, SERVICE_WRAPPER } from './platforms.ts';

/** A companion of the release: without the version, so that an update takes the place of the one before. */
export function billName(platform: AgentPlatform): string {
  return `hypervigil-agent-${platform}.cdx.json`;
}

/**
 * What the agent of a platform is made of (CycloneDX): the packages in its bundle, Node and what Node has built in,
 * and on Windows what runs it as a service. Throws unless run by the very Node that goes into it.
 *
 * @param used the files of which something is in the bundle, from the root
 */
export function agentBill(
  platform: AgentPlatform,
  version: string,
  used: readonly string[],
): string {
  const agent: Part = {
    kind: 'application',
    name: 'hypervigil-agent',
    version,
    licence: 'Apache-2.0',
  };
  const wrapper = platform === 'win-x64' ? [serviceWrapper()] : [];
  return billOf(agent, [...packagesOf(used, ROOT), node(platform), ...wrapper]);
}

/** Of these scanners know vulnerabilities by the makers' names. Source: the CPE dictionary, nvd.nist.gov. */
const MAKERS: Readonly<Record<string, string>> = {
  openssl: 'openssl:openssl',
  zlib: 'zlib:zlib',
  ares: 'c-ares:c-ares',
  nghttp2: 'nghttp2:nghttp2',
  brotli: 'google:brotli',
  undici: 'nodejs:undici',
};

/** Of `process.versions`: what are numbers of interfaces and of data rather than of programs. */
const NO_PROGRAMS = new Set(['node', 'modules', 'napi', 'unicode', 'cldr', 'tz']);

function node(platform: AgentPlatform): Part {
  if (process.version !== `v${NODE_VERSION}`)
    throw new Error(
      `this is Node ${process.version}, and what is in v${NODE_VERSION} is asked for`,
    );
  const { name, version, integrity } = PLATFORM_SOURCES[platform].node;
  const parts = Object.entries(process.versions).flatMap(([part, of]): Part[] =>
    of === undefined || NO_PROGRAMS.has(part)
      ? []
      : [{ kind: 'library', name: part, version: of, cpe: cpeOf(MAKERS[part], of) }],
  );
  return {
    kind: 'platform',
    name: 'node',
    version,
    purl: npmPurl(name, version),
    cpe: cpeOf('nodejs:node.js', version),
    licence: 'MIT',
    integrity,
    parts,
  };
}

function cpeOf(maker: string | undefined, version: string): string | undefined {
  return maker === undefined ? undefined : `cpe:2.3:a:${maker}:${version}:*:*:*:*:*:*:*`;
}

function serviceWrapper(): Part {
  const { name, version, integrity } = SERVICE_WRAPPER.package;
  const purl = npmPurl(name, version);
  const winsw: Part = { kind: 'application', name: 'winsw', version: '1.17', licence: 'MIT' };
  return { kind: 'library', name, version, purl, licence: 'MIT', integrity, parts: [winsw] };
}
