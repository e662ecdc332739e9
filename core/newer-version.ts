/**
 * What to say of something that a newer release wrote than the one that reads it. Such a thing is refused, never
 * guessed at, and never written over.
 */
export function newerVersionText(what: string, version: number, known: number): string {
  return `${what} is of version ${version}, and this release knows up to ${known}: it takes the release that wrote it, or a later one`;
}
