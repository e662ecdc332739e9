/** Put in by `npm run agent:build`. Nothing defines it where the agent runs from source. */
declare const HYPERVIGIL_RELEASE_KEY: string | undefined;

/**
 * The public key (Ed25519, SPKI, PEM) of whoever built this agent: what signs the releases that may
 * replace it. `undefined` when run from source, which nothing replaces.
 */
export const RELEASE_PUBLIC_KEY: string | undefined =
  typeof HYPERVIGIL_RELEASE_KEY === 'undefined' ? undefined : HYPERVIGIL_RELEASE_KEY;
