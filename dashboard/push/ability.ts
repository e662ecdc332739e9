/** Whether this browser can be subscribed, and if not what somebody can do about it. */
export type Ability =
  | 'ready'
  /** Pages without TLS have no push, but for those of this machine itself. */
  | 'insecure'
  /** Safari of iOS has it only in a web app on the home screen. Source: webkit.org/blog/13878 */
  | 'install'
  | 'unsupported'
  /** The person, or who looks after the device, has said no. */
  | 'blocked';

export interface BrowserFacts {
  readonly isSecure: boolean;
  readonly hasWorkers: boolean;
  readonly hasPush: boolean;
  readonly hasNotifications: boolean;
  readonly permission: 'default' | 'granted' | 'denied';
  readonly userAgent: string;
  /** Of a touch screen; iPads call themselves Macs. */
  readonly touchPoints: number;
  /** Opened from the home screen. */
  readonly isInstalled: boolean;
}

export function abilityOf(facts: BrowserFacts): Ability {
  if (!facts.isSecure) return 'insecure';
  const isWhole = facts.hasWorkers && facts.hasPush && facts.hasNotifications;
  if (!isWhole) return isIos(facts) && !facts.isInstalled ? 'install' : 'unsupported';
  return facts.permission === 'denied' ? 'blocked' : 'ready';
}

function isIos({ userAgent, touchPoints }: BrowserFacts): boolean {
  return /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && touchPoints > 1);
}

/** Those that call themselves by another's name, too, come first. */
const BROWSERS = [
  ['Edge', /Edg(?:e|A|iOS)?\//],
  ['Opera', /OPR\//],
  ['Samsung Internet', /SamsungBrowser\//],
  ['Firefox', /Firefox\/|FxiOS\//],
  ['Chrome', /Chrome\/|CriOS\//],
  ['Safari', /Safari\//],
] as const;

const SYSTEMS = [
  ['Android', /Android/],
  ['iPhone', /iPhone/],
  ['iPad', /iPad/],
  ['Windows', /Windows/],
  ['macOS', /Macintosh/],
  ['ChromeOS', /CrOS/],
  ['Linux', /Linux/],
] as const;

/** "Firefox on Linux": by what a person knows it among others. */
export function browserName(userAgent: string): string {
  const find = (list: typeof BROWSERS | typeof SYSTEMS) =>
    list.find(([, pattern]) => pattern.test(userAgent))?.[0];
  const system = find(SYSTEMS);
  return `${find(BROWSERS) ?? 'Browser'}${system === undefined ? '' : ` on ${system}`}`;
}

/** A key as `pushManager.subscribe` takes it. */
export function keyBytes(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
