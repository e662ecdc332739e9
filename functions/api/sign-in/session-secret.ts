import {
  createCipheriv,
  createDecipheriv,
  createHash,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

/** 192 random bits: beyond guessing, so a plain hash of it is safe to store. */
const ID_BYTES = 24;
const ID_FORMAT = /^[A-Za-z0-9_-]{32}$/;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Names what the key is for, so that the id serves for nothing else. */
const PURPOSE = 'hypervigil session: refresh token, version 1';

/** A new session's id: nobody but the person's browser ever has it. */
export function newSessionId(): string {
  return randomBytes(ID_BYTES).toString('base64url');
}

/** Can it be an id? Anything else is refused without asking the table. */
export function isSessionId(text: string): boolean {
  return ID_FORMAT.test(text);
}

/** Under what the table keeps the session. */
export function sessionHash(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}

/** Encrypts a session's refresh token: who reads the table can't use it, as the key comes of the id. */
export function sealToken(id: string, token: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(id), nonce);
  const sealed = Buffer.concat([cipher.update(token, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
}

/** `undefined` for what was not sealed for this id, or was changed since. */
export function openToken(id: string, text: string): string | undefined {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', keyOf(id), bytes.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  try {
    const opened = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([opened, decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

/** Compares what must not be guessed character by character. */
export function isSameSecret(a: string, b: string): boolean {
  const [first, second] = [a, b].map((text) => createHash('sha256').update(text).digest());
  return first !== undefined && second !== undefined && timingSafeEqual(first, second);
}

function keyOf(id: string): Buffer {
  return Buffer.from(hkdfSync('sha256', id, '', PURPOSE, 32));
}
