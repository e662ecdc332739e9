/** The GSM 03.38 default alphabet; a character in it takes 7 bits of an SMS. */
const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
/** These take two places. */
const EXTENDED = new Set('^{}\\[~]|€');

/**
 * A text as one SMS in the GSM alphabet: what it can't write becomes its base letter or "?", and
 * what is over `maxSeptets` is cut, with "..." to show it. Kept to that alphabet because one
 * character outside would turn the SMS into UCS-2, with room for half as much.
 */
export function toGsm7(text: string, maxSeptets: number): string {
  const chars = [...text].flatMap((char) => [...nearest(char)]);
  if (septetsOf(chars) <= maxSeptets) return chars.join('');
  let used = 0;
  let cut = '';
  for (const char of chars) {
    used += septets(char);
    if (used > maxSeptets - 3) break;
    cut += char;
  }
  return `${cut.trimEnd()}...`;
}

/** Places that a text takes, written in that alphabet. */
export function gsm7Length(text: string): number {
  return septetsOf([...text].flatMap((char) => [...nearest(char)]));
}

function septetsOf(chars: readonly string[]): number {
  return chars.reduce((sum, char) => sum + septets(char), 0);
}

function septets(char: string): number {
  return EXTENDED.has(char) ? 2 : 1;
}

function nearest(char: string): string {
  if (BASIC.has(char) || EXTENDED.has(char)) return char;
  const base = char.normalize('NFKD').replaceAll(/\p{M}/gu, '');
  return base !== '' && [...base].every((part) => BASIC.has(part)) ? base : '?';
}
