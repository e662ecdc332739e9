/** As the API has them; it says so itself, later. The modules they stand in parse PromQL, which a list need not load. */
export const EDITED_FILE_MAX_BYTES = 256 << 10;

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}\.rules\.ya?ml$/;

export function isRuleFileName(name: string): boolean {
  return NAME.test(name);
}

/** `Alerts (2).yml` becomes `Alerts-2.rules.yaml`. */
export function ruleFileNameOf(fileName: string): string {
  const stem = fileName
    .replace(/\.ya?ml$/i, '')
    .replace(/\.rules$/i, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
  return `${(stem === '' ? 'imported' : stem).slice(0, 80)}.rules.yaml`;
}
