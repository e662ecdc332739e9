/**
 * Says which names of hosts are meant: `*` stands for any characters or none, all else for itself,
 * as in `web-*` or `*.berlin.example`. Upper and lower case differ, as they do in labels.
 */
export function matchesHostPattern(pattern: string, host: string): boolean {
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) return host === pattern;
  if (host.length < first.length + last.length) return false;
  if (!host.startsWith(first) || !host.endsWith(last)) return false;
  // The earliest place for each part leaves the most for those after it: no going back is needed.
  const end = host.length - last.length;
  let from = first.length;
  for (const part of others) {
    const at = host.indexOf(part, from);
    if (at === -1 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}
