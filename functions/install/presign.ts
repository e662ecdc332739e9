import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

/** Makes an address of a file that is good for a while, for whoever has it. */
export type Presign = (objectKey: string, nowMs: number) => Promise<string>;

export interface Bucket {
  readonly name: string;
  readonly region: string;
  /** S3's own address; absent: that of the region. */
  readonly endpoint?: string | undefined;
}

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A slow line begins within it; a download that has begun is not broken off. */
const GOOD_FOR_SECONDS = 600;

/**
 * Addresses of a bucket's objects, signed with a role's credentials (AWS Signature Version 4 in the
 * query), which therefore must be allowed to get them. Nothing is sent.
 */
export function presignFrom(bucket: Bucket, credentials: AwsCredentials): Presign {
  const signer = new SignatureV4({
    service: 's3',
    region: bucket.region,
    credentials,
    sha256: Sha256,
    // S3 signs a path as it is sent.
    uriEscapePath: false,
    applyChecksum: false,
  });
  const { base, folder } = baseOf(bucket);
  return async (objectKey, nowMs) => {
    const path = `${folder}/${objectKey}`;
    const { query = {} } = await signer.presign(
      {
        method: 'GET',
        protocol: base.protocol,
        hostname: base.hostname,
        path,
        headers: { host: base.host, 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' },
        query: { 'x-id': 'GetObject' },
      },
      { expiresIn: GOOD_FOR_SECONDS, signingDate: new Date(nowMs) },
    );
    const url = new URL(path, base);
    for (const [name, value] of Object.entries(query))
      if (typeof value === 'string') url.searchParams.set(name, value);
    return url.href;
  };
}

/** The bucket is in S3's name, or with an endpoint of one's own, in the path. */
function baseOf({ name, region, endpoint }: Bucket): { base: URL; folder: string } {
  if (endpoint !== undefined) return { base: new URL(endpoint), folder: `/${name}` };
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return { base: new URL(`https://${name}.s3.${region}.${suffix}`), folder: '' };
}

/** Node's own, in the form that the signer wants. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret));
  }

  update(chunk: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytes(chunk));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

function bytes(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  if (ArrayBuffer.isView(data))
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return new Uint8Array(data);
}
