/**
 * What agent and deployment agree on when a host gets its key. The agent makes the key itself and
 * sends only its hash: the deployment never sees the key before the first batch, and an answer that
 * is lost on the way costs nothing, as the same request may be sent again.
 */

/** Where it is asked for: POST, `Authorization: Bearer` an enrolment token or the host's own key. */
export const ENROLMENT_PATH = '/v1/enrolments';

/** What a host key begins with; 32 letters of base64url follow: 192 random bits. */
export const HOST_KEY_PREFIX = 'hv_';

/** What a host key looks like; anything else is refused without asking the table. */
export const HOST_KEY_FORMAT = /^hv_[A-Za-z0-9_-]{32}$/;

/** What an enrolment token looks like. */
export const ENROLMENT_TOKEN_FORMAT = /^hve_[A-Za-z0-9_-]{32}$/;

/** SHA-256 of a key, as base64url. */
export const KEY_HASH_FORMAT = /^[A-Za-z0-9_-]{43}$/;

/**
 * Can it name a host? It becomes a part of sort keys, in which "@" begins a sender's. What nobody sees is refused,
 * as two names must not look the same for it; letters of different scripts that look alike are not.
 */
export function isHostName(text: string): boolean {
  if (text.length > 253 || !text.isWellFormed() || text.normalize('NFC') !== text) return false;
  return /^[^@\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}][^\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]*$/u.test(
    text,
  );
}
