import { createHash } from 'node:crypto';

/** A package or program that is part of something. */
export interface Part {
  readonly name: string;
  readonly version: string;
  readonly kind: 'library' | 'application' | 'platform';
  /** Package URL, by which scanners know it. Absent: it is no package of its own. */
  readonly purl?: string | undefined;
  /** A CPE 2.3, where vulnerabilities are listed by that rather than by package. */
  readonly cpe?: string | undefined;
  /** An SPDX expression. */
  readonly licence?: string | undefined;
  /** Of the packed package, as npm has it: `sha512-` and base64. */
  readonly integrity?: string | undefined;
  /** What it consists of itself. */
  readonly parts?: readonly Part[];
}

/** `pkg:npm/%40scope/name@1.2.3`. Source: github.com/package-url/purl-spec. */
export function npmPurl(name: string, version: string): string {
  const path = name.split('/').map(encodeURIComponent).join('/');
  return `pkg:npm/${path}@${encodeURIComponent(version)}`;
}

/**
 * What something is made of, as CycloneDX 1.6 in JSON. Of the same parts it is the same text: its serial number is a
 * hash of all it says, and it has no time in it. Source: cyclonedx.org/docs/1.6/json.
 */
export function billOf(whole: Part, parts: readonly Part[]): string {
  const sorted = [...parts].sort((a, b) => compare(refOf(a), refOf(b)));
  const content = {
    version: 1,
    metadata: { component: componentOf(whole) },
    components: sorted.map(componentOf),
    // Bundled into one: which part needs which is not told apart.
    dependencies: [{ ref: refOf(whole), dependsOn: sorted.map(refOf) }],
  };
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify(content))}`;
  const bill = { bomFormat: 'CycloneDX', specVersion: '1.6', serialNumber, ...content };
  return `${JSON.stringify(bill, undefined, 2)}\n`;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function refOf({ name, version, purl }: Part): string {
  return purl ?? `${name}@${version}`;
}

function componentOf(part: Part): object {
  const { name, version, kind, purl, cpe, licence, integrity, parts = [] } = part;
  return {
    type: kind,
    'bom-ref': refOf(part),
    name,
    version,
    ...(integrity === undefined ? {} : { hashes: [hashOf(integrity)] }),
    ...(licence === undefined ? {} : { licenses: [{ expression: licence }] }),
    ...(cpe === undefined ? {} : { cpe }),
    ...(purl === undefined ? {} : { purl }),
    ...(parts.length === 0 ? {} : { components: parts.map(componentOf) }),
  };
}

function hashOf(integrity: string): object {
  const [algorithm, base64 = ''] = integrity.split(/-(.*)/);
  if (algorithm !== 'sha512') throw new Error(`${integrity}: not a hash of SHA-512`);
  return { alg: 'SHA-512', content: Buffer.from(base64, 'base64').toString('hex') };
}

/** Version 8 of RFC 9562: bits of one's own choice, here of a hash. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`];
  return [...parts, `${variant}${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
}
