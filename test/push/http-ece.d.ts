declare module 'http_ece' {
  import type { ECDH } from 'node:crypto';

  interface Parameters {
    readonly version: 'aes128gcm';
    readonly privateKey: ECDH;
    /** In base64url. */
    readonly authSecret: string;
  }
  const ece: { readonly decrypt: (bytes: Buffer, parameters: Parameters) => Buffer };
  export = ece;
}
