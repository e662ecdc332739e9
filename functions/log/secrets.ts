/** Stands where a secret was. */
const HIDDEN = '<secret>';

/** Names of fields whose values are not for a log, however they look. */
const SECRET_NAME =
  /^(authorization|proxy-authorization|cookie|cookies|set-cookie|secret\w*|password|passphrase|token|accessToken|idToken|refreshToken|apiKey|x-api-key|x-amz-security-token|code_?verifier)$/i;

/** What secrets look like wherever they stand. The first group, if there is one, stays. */
const SECRETS: readonly RegExp[] = [
  // Keys of hosts, tokens of the API and of enrolment: `hv_`, `hvt_`, `hve_`, and what may come to be.
  /\b(hv[a-z]{0,2}_)[A-Za-z0-9_-]{16,}/g,
  /\b((?:[Bb]earer|Basic|Genie[Kk]ey) +)[A-Za-z0-9+/=._~-]{8,}/g,
  /\b((?:set-cookie|cookie|authorization)["']?\s*[:=]\s*["']?)[^"'\n]+/gi,
  // A signed token (JWT), and what may sign a request to AWS.
  /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g,
  /\b((?:X-Amz-(?:Signature|Security-Token|Credential)|Signature)=)[^\s&,"']+/gi,
  /\b(IQoJ|FwoG)[A-Za-z0-9+/=]{40,}/g,
];

/** All of a web address but where it leads to: of a webhook the rest is the key to it. */
const WEB_ADDRESS = /\bhttps?:\/\/[^\s"'<>\\]+/gi;

/** A text without what looks like a secret of ours, of somebody's service, or of AWS. */
export function hideSecrets(text: string): string {
  let shown = text.replace(WEB_ADDRESS, originOf);
  for (const secret of SECRETS)
    shown = shown.replace(secret, (_, kept) => (typeof kept === 'string' ? kept : '') + HIDDEN);
  return shown;
}

/** The same of a field of a log line, whose name may tell already. */
export function hideIn(name: string, value: unknown): unknown {
  if (SECRET_NAME.test(name) && value !== undefined && value !== null) return HIDDEN;
  return typeof value === 'string' ? hideSecrets(value) : value;
}

function originOf(address: string): string {
  if (!URL.canParse(address)) return HIDDEN;
  const { protocol, host, pathname, search, hash } = new URL(address);
  const rest = pathname + search + hash;
  return `${protocol}//${host}${rest === '/' ? '' : `/${HIDDEN}`}`;
}
