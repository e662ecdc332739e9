/**
 * The published grammar is made for highlighting and cannot read two things that PromQL has:
 * numbers that end in a point (`2.`, `1.e3`), and the functions min_of and max_of outside durations.
 * This writes them in another way of the same length, so that every position stays the same; what
 * the text says is still read from the original.
 */
export function fillGrammarGaps(text: string): string {
  if (!/\d\.(?!\d)|m(?:in|ax)_of/.test(text)) return text;
  let brackets = 0;
  let afterOffset = false;
  return text.replace(TOKEN, (token: string) => {
    if (token === '[') brackets++;
    if (token === ']') brackets--;
    const inDuration = brackets > 0 || afterOffset;
    if (/^\S/.test(token)) afterOffset = token.toLowerCase() === 'offset';
    // Any other function with a name of six letters will do.
    if (!inDuration && (token === 'min_of' || token === 'max_of')) return 'scalar';
    const number = /^(\d[\d_]*)\.(?:([eE][+-]?)(\d+))?$/.exec(token);
    if (number === null) return token;
    const [, digits = '', exponent, power] = number;
    return exponent === undefined ? `${digits} ` : `${digits}${exponent}0${power}`;
  });
}

const TOKEN =
  /\s+|#[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`|\d[\d_]*\.(?![\d.])(?:[eE][+-]?\d+)?|\.?\d[\w.]*|[a-zA-Z_:][\w:]*|[\s\S]/g;
