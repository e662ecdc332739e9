import * as v from 'valibot';
import { LEGACY_LABEL_NAME } from '../core/series/labels.ts';

/**
 * Settings of the sources beyond the host itself. Each is a key of the agent's configuration file;
 * the schemas give what is left out, and their messages say what is wrong where.
 */

/** Of all sources together they must leave room for the host in a sample of 10,000 series. */
const SERIES_MAX = 2000;
const SERIES_DEFAULT = 500;
const TARGETS_MAX = 20;

const Name = v.pipe(
  v.string(),
  v.regex(/^[\w][\w.-]{0,62}$/, 'must be a short name of letters, digits, ".", "_" and "-"'),
);

const Path = v.pipe(v.string(), v.startsWith('/', 'must be an absolute path'));

const Pattern = v.pipe(
  v.string(),
  v.check(isPattern, 'must be a regular expression'),
  // Prometheus' expressions match the whole name.
  v.transform((text) => new RegExp(`^(?:${text})$`)),
);

const LabelSet = v.record(
  v.pipe(
    v.string(),
    v.regex(LEGACY_LABEL_NAME, 'must be a label name'),
    v.check((name) => !/^(__.*|host|job|instance)$/.test(name), 'is a label of our own'),
  ),
  v.string(),
);

const ScrapeTarget = v.strictObject({
  url: v.pipe(
    v.string(),
    v.check(
      (text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''),
      'must be an http:// or https:// address',
    ),
    v.transform((text) => new URL(text)),
  ),
  /** The label `job`; the port's usual exporter is not guessed. */
  job: v.optional(Name, 'scrape'),
  include: v.optional(Pattern),
  exclude: v.optional(Pattern),
  labels: v.optional(LabelSet, {}),
  maxSeries: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(SERIES_MAX)),
    SERIES_DEFAULT,
  ),
  interval: v.optional(seconds(5, 3600), '60s'),
  timeout: v.optional(seconds(1, 60), '10s'),
  /** A file with a token for the header Authorization; read anew each time. */
  bearerTokenFile: v.optional(Path),
});

const TextfileFolder = v.strictObject({
  directory: Path,
  include: v.optional(Pattern),
  exclude: v.optional(Pattern),
  maxSeries: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(SERIES_MAX)),
    SERIES_DEFAULT,
  ),
});

const ExecCommand = v.strictObject({
  /** The label `instance`. */
  name: Name,
  /** Program and arguments; no shell reads them. */
  command: v.pipe(
    v.array(v.string()),
    v.minLength(1, 'must name a program'),
    v.check(
      ([program = '']) => program.startsWith('/'),
      'must begin with the absolute path of a program',
    ),
  ),
  include: v.optional(Pattern),
  exclude: v.optional(Pattern),
  labels: v.optional(LabelSet, {}),
  maxSeries: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(SERIES_MAX)),
    SERIES_DEFAULT,
  ),
  interval: v.optional(seconds(5, 3600), '60s'),
  timeout: v.optional(seconds(1, 60), '10s'),
});

const Containers = v.strictObject({
  dockerSocket: v.optional(Path, '/run/docker.sock'),
  podmanSocket: v.optional(Path, '/run/podman/podman.sock'),
});

const Systemd = v.strictObject({
  /** Units that must run, enabled or not. */
  units: v.optional(v.array(v.string()), []),
  /** Units nobody wants to hear of. */
  ignore: v.optional(v.array(v.string()), []),
});

/** The keys of the configuration file that are about sources, with their defaults. */
export const SourceSettingsSchema = v.strictObject({
  scrape: v.optional(
    v.pipe(
      v.array(ScrapeTarget),
      v.maxLength(TARGETS_MAX, `must have at most ${TARGETS_MAX} targets`),
      v.check(
        (all) => areDistinct(all.map(({ url, job }) => `${job} ${url.host}`)),
        'must not have one job twice for one host and port',
      ),
    ),
    [],
  ),
  textfile: v.optional(TextfileFolder),
  exec: v.optional(
    v.pipe(
      v.array(ExecCommand),
      v.maxLength(TARGETS_MAX, `must have at most ${TARGETS_MAX} commands`),
      v.check((all) => areDistinct(all.map(({ name }) => name)), 'must not have one name twice'),
    ),
    [],
  ),
  containers: v.optional(Containers, {}),
  systemd: v.optional(Systemd, {}),
});

export type SourceSettings = v.InferOutput<typeof SourceSettingsSchema>;
export type ScrapeTargetSettings = SourceSettings['scrape'][number];
export type TextfileSettings = NonNullable<SourceSettings['textfile']>;
export type ExecSettings = SourceSettings['exec'][number];

/** Sources that need no settings. */
export const DEFAULT_SOURCES: SourceSettings = v.parse(SourceSettingsSchema, {});

function areDistinct(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(`^(?:${text})$`).source !== '';
  } catch {
    return false;
  }
}

/** A time such as `30s` or `5m`; a mere number means seconds. In ms. */
function seconds(min: number, max: number) {
  return v.pipe(
    v.union([v.string(), v.number()], 'must be a time such as 30s'),
    v.transform((text) => {
      const [, digits, unit = 's'] = /^(\d+)(s|m|h)?$/.exec(String(text).trim()) ?? [];
      const unitSeconds = unit === 's' ? 1 : unit === 'm' ? 60 : 3600;
      return digits === undefined ? undefined : Number(digits) * unitSeconds * 1000;
    }),
    v.number('must be a time such as 30s or 5m'),
    v.minValue(min * 1000, `must be at least ${min}s`),
    v.maxValue(max * 1000, `must be at most ${max}s`),
  );
}
