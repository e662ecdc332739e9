/** Labels as people read them, without the alert's name: `host=web-1 vm="db 1"`. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .filter(([name]) => name !== 'alertname')
    .map(([name, value]) => `${name}=${/^[\w.:/@-]+$/.test(value) ? value : JSON.stringify(value)}`)
    .join(' ');
}
