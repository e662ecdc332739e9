import fc from 'fast-check';
import * as v from 'valibot';
import { beforeAll, describe, expect, test } from 'vitest';
import { agentBill } from '../../infra/agent-build/agent-bill.ts';
import { bundleAgent, ROOT } from '../../infra/agent-build/agent-bundle.ts';
import { packagesOf } from '../../infra/supply-chain/bundled-packages.ts';
import { billOf, npmPurl, type Part } from '../../infra/supply-chain/cyclonedx.ts';

const Component = v.object({
  type: v.picklist(['library', 'application', 'platform']),
  'bom-ref': v.string(),
  name: v.string(),
  version: v.string(),
  hashes: v.optional(
    v.array(v.object({ alg: v.literal('SHA-512'), content: v.pipe(v.string(), v.length(128)) })),
  ),
  licenses: v.optional(v.array(v.object({ expression: v.string() }))),
  cpe: v.optional(v.string()),
  purl: v.optional(v.string()),
  components: v.optional(v.array(v.unknown()), []),
});
const Bill = v.strictObject({
  bomFormat: v.literal('CycloneDX'),
  specVersion: v.literal('1.6'),
  serialNumber: v.pipe(v.string(), v.regex(/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)),
  version: v.literal(1),
  metadata: v.object({ component: Component }),
  components: v.array(Component),
  dependencies: v.array(v.object({ ref: v.string(), dependsOn: v.array(v.string()) })),
});
const read = (text: string) => v.parse(Bill, JSON.parse(text));

describe('a bill of materials', () => {
  const whole: Part = { kind: 'application', name: 'whole', version: '1.0.0' };
  const part = (name: string): Part => {
    const purl = npmPurl(name, '1.0.0');
    return { kind: 'library', name, version: '1.0.0', purl };
  };

  test('is the same text of the same parts in whatever order, and another of others', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1 }), (names) => {
        const parts = names.map(part);
        expect(billOf(whole, [...parts].reverse())).toBe(billOf(whole, parts));
        const fewer = read(billOf(whole, parts.slice(1)));
        expect(fewer.serialNumber).not.toBe(read(billOf(whole, parts)).serialNumber);
      }),
    );
  });

  test('names packages as scanners do', () => {
    expect(npmPurl('@aws-sdk/client-sns', '3.1.0')).toBe('pkg:npm/%40aws-sdk/client-sns@3.1.0');
    const { components, dependencies } = read(billOf(whole, [part('@a/b')]));
    expect(components).toMatchObject([{ name: '@a/b', purl: 'pkg:npm/%40a/b@1.0.0' }]);
    expect(dependencies).toEqual([{ ref: 'whole@1.0.0', dependsOn: ['pkg:npm/%40a/b@1.0.0'] }]);
  });

  test('is not made of a package that is not pinned', () => {
    const files = ['node_modules/not-there/index.js'];
    expect(() => packagesOf(files, ROOT)).toThrow('node_modules/not-there is not in package-lock');
  });
});

describe("the agent's bill of materials", () => {
  let used: readonly string[];
  beforeAll(async () => {
    ({ used } = await bundleAgent({ version: '1.2.3', releaseKey: 'key' }));
  }, 60_000);
  const bill = (platform: 'linux-x64' | 'win-x64') => read(agentBill(platform, '1.2.3', used));

  test('has each package that is in the bundle, with its version, hash and licence', () => {
    const folders = used.flatMap(
      (file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [],
    );
    const { metadata, components } = bill('linux-x64');
    expect(metadata.component).toMatchObject({ name: 'hypervigil-agent', version: '1.2.3' });
    const libraries = components.filter(({ type }) => type === 'library');
    expect(new Set(libraries.map(({ name }) => name))).toEqual(new Set(folders));
    expect(libraries.length).toBeGreaterThan(2);
    for (const { name, hashes, licenses, purl } of libraries)
      expect([name, hashes?.length, licenses?.length, purl !== undefined]).toEqual([
        name,
        1,
        1,
        true,
      ]);
  });

  test('has the Node of its platform, and what is built into that', () => {
    const [linux, windows] = (['linux-x64', 'win-x64'] as const).map((platform) =>
      bill(platform).components.find(({ name }) => name === 'node'),
    );
    expect(linux?.version).toBe(process.versions.node);
    expect(linux?.cpe).toBe(`cpe:2.3:a:nodejs:node.js:${process.versions.node}:*:*:*:*:*:*:*`);
    expect(linux?.hashes).not.toEqual(windows?.hashes);
    expect(linux?.components).toContainEqual(
      expect.objectContaining({ name: 'openssl', version: process.versions.openssl }),
    );
  });

  test('has what runs it as a service on Windows only', () => {
    const names = (platform: 'linux-x64' | 'win-x64') =>
      bill(platform).components.map(({ name }) => name);
    expect(names('win-x64')).toContain('node-windows');
    expect(names('linux-x64')).not.toContain('node-windows');
  });
});
