/** A text that is the same for equal settings. An expression has no JSON of its own. */
export function settingsKey(settings: unknown): string {
  return JSON.stringify({ settings }, (_, value: unknown) =>
    value instanceof RegExp ? value.source : value,
  );
}
