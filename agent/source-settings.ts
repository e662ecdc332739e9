import * as v from 'valibot';
import { LEGACY_LABEL_NAME } from '../core/series/labels.ts';
import { durationSetting } from './duration-setting.ts';

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

/** Of any system: `/srv/metrics`, `C:\\metrics`, `\\\\server\\share`. */
const ABSOLUTE_PATH = /^(\/|[A-Za-z]:[\\/]|\\\\)/;

const Path = v.pipe(v.string(), v.regex(ABSOLUTE_PATH, 'must be an absolute path'));

const PATTERN = [
  v.check(isPattern, 'must be a regular expression'),
  // Prometheus' expressions match the whole name.
  v.transform((text: string) => new RegExp(`^(?:${text})$`)),
] as const;

const LabelSet = v.record(
  v.pipe(
    v.string(),
    v.regex(LEGACY_LABEL_NAME, 'must be a label name'),
    v.check((name) => !/^(__.*|host|job|instance)$/.test(name), 'is a label of our own'),
  ),
  v.string(),
);

const Labels = v.optional(
  v.pipe(LabelSet, v.description('Labels for all of its series; they win over its own.')),
  {},
);

/** Which of a source's series are taken. */
const Filter = {
  include: v.optional(
    v.pipe(v.string(), v.description('Only metrics whose whole name matches.'), ...PATTERN),
  ),
  exclude: v.optional(
    v.pipe(v.string(), v.description('No metrics whose whole name matches.'), ...PATTERN),
  ),
  maxSeries: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(SERIES_MAX),
      v.description('Series beyond so many are left out, and counted.'),
    ),
    SERIES_DEFAULT,
  ),
};

const Timing = {
  interval: v.optional(durationSetting(5, 3600, 'How often it is read.'), '60s'),
  timeout: v.optional(durationSetting(1, 60, 'How long it may take.'), '10s'),
};

const ScrapeTarget = v.strictObject({
  url: v.pipe(
    v.string(),
    v.regex(/^https?:\/\//, 'must be an http:// or https:// address'),
    v.check((text) => URL.canParse(text), 'must be an http:// or https:// address'),
    v.description('Address of the page, such as http://localhost:9100/metrics.'),
    v.transform((text) => new URL(text)),
  ),
  // The port's usual exporter is not guessed.
  job: v.optional(v.pipe(Name, v.description('The label job.')), 'scrape'),
  ...Filter,
  labels: Labels,
  ...Timing,
  bearerTokenFile: v.optional(
    v.pipe(
      Path,
      v.description('A file with a token for the header Authorization; read anew each time.'),
    ),
  ),
});

const TextfileFolder = v.strictObject({
  directory: v.pipe(Path, v.description('The folder; its *.prom files are read.')),
  ...Filter,
});

const ExecCommand = v.strictObject({
  name: v.pipe(Name, v.description('The label instance.')),
  command: v.pipe(
    v.array(v.string()),
    v.description('Program, by its absolute path, and arguments; no shell reads them.'),
    v.minLength(1, 'must name a program'),
    v.check(
      ([program = '']) => ABSOLUTE_PATH.test(program),
      'must begin with the absolute path of a program',
    ),
  ),
  ...Filter,
  labels: Labels,
  ...Timing,
});

const Libvirt = v.strictObject({
  uri: v.optional(
    v.pipe(
      v.string(),
      v.description("Whose VMs. Default: this host's own, by its socket; others by virsh."),
      v.maxLength(500, 'must have at most 500 characters'),
      v.regex(
        /^[a-z][a-z0-9+.-]*:\/\/[\x21-\x7e]+$/,
        'must be an address of libvirt, such as qemu+ssh://monitor@hv2/system',
      ),
      v.check(
        (uri) => !/^[^/]*:\/\/[^/@]*:[^/@]*@/.test(uri),
        'must not hold a password: use an ssh key, or ?authfile=PATH',
      ),
    ),
  ),
});

const Containers = v.strictObject({
  dockerSocket: v.optional(
    v.pipe(Path, v.description('Where Docker tells the names of its containers.')),
    '/run/docker.sock',
  ),
  podmanSocket: v.optional(
    v.pipe(Path, v.description('Where Podman tells the names of its containers.')),
    '/run/podman/podman.sock',
  ),
});

const Systemd = v.strictObject({
  units: v.optional(
    v.pipe(v.array(v.string()), v.description('Units that must run, enabled or not.')),
    [],
  ),
  ignore: v.optional(
    v.pipe(v.array(v.string()), v.description('Units nobody wants to hear of.')),
    [],
  ),
});

const WindowsServices = v.strictObject({
  services: v.optional(
    v.pipe(v.array(v.string()), v.description('Services that must run, automatic or not.')),
    [],
  ),
  ignore: v.optional(
    v.pipe(v.array(v.string()), v.description('Services nobody wants to hear of.')),
    [],
  ),
});

/** The keys of the configuration file that are about sources, with their defaults. */
export const SourceSettingsSchema = v.strictObject({
  libvirt: v.optional(v.pipe(Libvirt, v.description("Which libvirt's VMs are read.")), {}),
  scrape: v.optional(
    v.pipe(
      v.array(ScrapeTarget),
      v.description('Exporters and other programs with a /metrics page.'),
      v.maxLength(TARGETS_MAX, `must have at most ${TARGETS_MAX} targets`),
      v.check(
        (all) => areDistinct(all.map(({ url, job }) => `${job} ${url.host}`)),
        'must not have one job twice for one host and port',
      ),
    ),
    [],
  ),
  textfile: v.optional(
    v.pipe(TextfileFolder, v.description('A folder of *.prom files with numbers of your own.')),
  ),
  exec: v.optional(
    v.pipe(
      v.array(ExecCommand),
      v.description('Programs that print numbers of your own in the text format.'),
      v.maxLength(TARGETS_MAX, `must have at most ${TARGETS_MAX} commands`),
      v.check((all) => areDistinct(all.map(({ name }) => name)), 'must not have one name twice'),
    ),
    [],
  ),
  containers: v.optional(
    v.pipe(Containers, v.description('Where container runtimes are asked.')),
    {},
  ),
  systemd: v.optional(
    v.pipe(Systemd, v.description('Which services should run, beside those enabled.')),
    {},
  ),
  windowsServices: v.optional(
    v.pipe(
      WindowsServices,
      v.description('Which services of Windows should run, beside the automatic ones.'),
    ),
    {},
  ),
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
