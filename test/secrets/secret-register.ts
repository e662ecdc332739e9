/** What a log must not hold. */
export type SecretKind =
  | 'host key'
  | 'sender key'
  | 'enrolment token'
  | 'API token'
  | 'session cookie'
  | 'webhook address'
  | 'password';

/** Something that was printed or written while a test ran. */
export interface Log {
  /** Which one, as a person would look for it. */
  readonly name: string;
  readonly text: string;
}

/** Shorter texts are words, which are anywhere. */
const SECRET_MIN_CHARS = 12;

/**
 * What is a secret by its form, whoever made it: one that nobody registered, or the header it came in.
 * The form of a key is one of `core/enrolment.ts` and `functions/store/api-tokens.ts`.
 */
const FORMS: readonly (readonly [kind: string, form: RegExp])[] = [
  ['host key (by its form)', /\bhv_[A-Za-z0-9_-]{32}(?![A-Za-z0-9_-])/],
  ['enrolment token (by its form)', /\bhve_[A-Za-z0-9_-]{32}(?![A-Za-z0-9_-])/],
  ['API token (by its form)', /\bhvt_[A-Za-z0-9_-]{32}(?![A-Za-z0-9_-])/],
  ['Authorization header', /\bauthorization\W{1,6}(?:bearer|basic)\s+[A-Za-z0-9+/=_.~-]{12,}/i],
  ['Cookie header', /\b(?:set-)?cookie\W{1,6}[^\s=;"']{1,64}=[A-Za-z0-9+/=_.%~-]{12,}/i],
];

/** The secrets of a run, collected as they are made, to be looked for in all it has logged. */
export class SecretRegister {
  readonly #kinds = new Map<string, SecretKind>();

  /** Remembers a secret and gives it back. */
  keep(kind: SecretKind, secret: string): string {
    if (secret.length < SECRET_MIN_CHARS)
      throw new Error(`"${secret}" (${kind}) is too short to be told from other text`);
    this.#kinds.set(secret, kind);
    return secret;
  }

  get size(): number {
    return this.#kinds.size;
  }

  /** Every kind of secret in every log, as `LOG: KIND`; never the secret itself. Empty: none leaked. */
  leaksIn(logs: Iterable<Log>): readonly string[] {
    const leaks = new Set<string>();
    for (const { name, text } of logs) {
      for (const kind of this.#kindsIn(text)) leaks.add(`${name}: ${kind}`);
    }
    return [...leaks].sort();
  }

  *#kindsIn(text: string): Iterable<string> {
    for (const [secret, kind] of this.#kinds) {
      if (writtenForms(secret).some((form) => text.includes(form))) yield kind;
    }
    for (const [kind, form] of FORMS) if (form.test(text)) yield kind;
  }
}

/** As it is, in a URL, in JSON, and in base64 wherever in a text it begins. */
function writtenForms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const inBase64 = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // Characters at both ends also hold bits of what is beside it.
    return text.slice(before === 0 ? 0 : before + 1, -1);
  });
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...inBase64];
}
