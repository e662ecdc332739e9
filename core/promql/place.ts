/** `line:column` of a place in a query, both from 1; columns count UTF-8 bytes as Prometheus does. */
export function lineAndColumn(text: string, start: number): string {
  if (text === '') return 'unknown position';
  const before = text.slice(0, start);
  const line = before.split('\n').length;
  const ownLine = before.slice(before.lastIndexOf('\n') + 1);
  return `${line}:${new TextEncoder().encode(ownLine).length + 1}`;
}
