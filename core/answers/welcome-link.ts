/** Before the token in the fragment of the link that `npm start` shows at a terminal. */
const BEFORE_TOKEN = '#token=';
/** API tokens; what else is there is no token of ours. */
const TOKEN = /^hvt_[\w-]{20,200}$/;

/** Opens the dashboard of this machine signed in. A fragment is sent to no server. */
export function welcomeLink(url: string, token: string): string {
  return `${url.replace(/\/+$/, '')}/${BEFORE_TOKEN}${token}`;
}

/**
 * The token in the fragment of a link that was opened; `undefined`: there is none, or it is not to be taken. Only pages of
 * this machine take one: elsewhere a link in a message could sign somebody in as somebody else.
 */
export function tokenOfWelcome(at: {
  readonly hostname: string;
  readonly hash: string;
}): string | undefined {
  if (!LOOPBACK_NAMES.includes(at.hostname) || !at.hash.startsWith(BEFORE_TOKEN)) return undefined;
  const token = at.hash.slice(BEFORE_TOKEN.length);
  return TOKEN.test(token) ? token : undefined;
}

/** Is it an address that no other machine reaches? */
export function isLoopback(url: string): boolean {
  return URL.canParse(url) && LOOPBACK_NAMES.includes(new URL(url).hostname);
}

/** As browsers write them. */
const LOOPBACK_NAMES: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];
