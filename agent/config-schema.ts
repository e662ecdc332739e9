import * as v from 'valibot';
import { LEGACY_LABEL_NAME } from '../core/series/labels.ts';
import { durationSetting } from './duration-setting.ts';
import { SourceSettingsSchema } from './source-settings.ts';

/** Tags ride along with every batch, deflated: three of them take 40 bytes. */
const TAGS_MAX = 10;
const TAG_VALUE_MAX = 100;

/** Labels that the numbers of hosts and VMs have already, or to which Prometheus gives a meaning. */
const RESERVED_TAGS = new Set([
  ...['host', 'os', 'kernel', 'arch', 'cpu', 'virtualization', 'machine', 'boot'],
  ...['vm', 'uuid', 'job', 'instance', 'alertname', 'severity'],
]);

const Tags = v.pipe(
  v.record(
    v.pipe(
      v.string(),
      v.regex(LEGACY_LABEL_NAME, 'must be a label name: letters, digits and "_"'),
      v.maxLength(63, 'must have at most 63 characters'),
      v.check(
        (name) => !name.startsWith('__') && !RESERVED_TAGS.has(name),
        'is a label of our own: choose another name',
      ),
    ),
    v.pipe(
      v.string('must be a text: write it in quotes'),
      v.nonEmpty('must not be empty'),
      v.maxLength(TAG_VALUE_MAX, `must have at most ${TAG_VALUE_MAX} characters`),
    ),
  ),
  v.maxEntries(TAGS_MAX, `must have at most ${TAGS_MAX} tags`),
  v.description('Labels of host_info, such as env, site and owner.'),
);

/** A host name or another short name of the host; it becomes part of keys. */
const HostName = v.pipe(
  v.string(),
  v.maxLength(253, 'must have at most 253 characters'),
  v.description("Name of this host, the label host of every series. Default: the system's name."),
  v.trim(),
  v.nonEmpty('must not be empty'),
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused.
  v.regex(/^[^\u0000-\u0020\u007f]+$/, 'must have no blanks or control characters'),
);

const URL_MESSAGE = 'must be an address that begins with https:// (or http:// on one machine)';

const Url = v.pipe(
  v.string(),
  v.regex(/^\s*https?:\/\//, URL_MESSAGE),
  v.check((text) => URL.canParse(text), URL_MESSAGE),
  v.description('Address of the deployment.'),
  v.transform((text) => new URL(text)),
);

const Update = v.strictObject({
  policy: v.pipe(
    v.optional(v.picklist(['manual', 'auto'], 'must be manual or auto'), 'manual'),
    v.description(
      'Who replaces the agent by what the deployment offers: an administrator, or a timer.',
    ),
  ),
});

/** All settings of the agent, as the configuration file has them. */
export const SettingsSchema = v.strictObject({
  url: v.optional(Url),
  keyFile: v.optional(path('A file with the host key in its first line. Read for every batch.')),
  host: v.optional(HostName),
  sampleInterval: v.optional(durationSetting(1, 60, 'How often is measured.'), '10s'),
  batchInterval: v.optional(durationSetting(1, 3600, 'How often is posted.'), '60s'),
  rootDir: v.optional(path("Where the host's file tree is: its mount, in a container."), '/'),
  spoolDir: v.optional(
    path(
      'The folder of what is not posted yet, or "off". Default: $STATE_DIRECTORY/spool, else /var/lib/hypervigil/spool.',
    ),
  ),
  tags: v.optional(Tags, {}),
  update: v.optional(Update, {}),
  ...SourceSettingsSchema.entries,
});

export type Settings = v.InferOutput<typeof SettingsSchema>;
export type Setting = keyof Settings;
export type TagLabels = Settings['tags'];
export type UpdateSettings = Settings['update'];

interface SettingNames {
  readonly variable: string;
  /** As a flag of `agent`; what is no single value has none. */
  readonly flag?: string;
}

/** Each setting's name in the environment, and as a flag. */
export const SETTING_NAMES = {
  url: { variable: 'HYPERVIGIL_URL', flag: '--url' },
  keyFile: { variable: 'HYPERVIGIL_KEY_FILE', flag: '--key-file' },
  host: { variable: 'HYPERVIGIL_HOST', flag: '--host' },
  sampleInterval: { variable: 'HYPERVIGIL_SAMPLE_INTERVAL', flag: '--sample-interval' },
  batchInterval: { variable: 'HYPERVIGIL_BATCH_INTERVAL', flag: '--batch-interval' },
  rootDir: { variable: 'HYPERVIGIL_ROOT_DIR', flag: '--root-dir' },
  spoolDir: { variable: 'HYPERVIGIL_SPOOL_DIR', flag: '--spool-dir' },
  tags: { variable: 'HYPERVIGIL_TAGS' },
  update: { variable: 'HYPERVIGIL_UPDATE' },
  libvirt: { variable: 'HYPERVIGIL_LIBVIRT' },
  scrape: { variable: 'HYPERVIGIL_SCRAPE' },
  textfile: { variable: 'HYPERVIGIL_TEXTFILE' },
  exec: { variable: 'HYPERVIGIL_EXEC' },
  containers: { variable: 'HYPERVIGIL_CONTAINERS' },
  systemd: { variable: 'HYPERVIGIL_SYSTEMD' },
  windowsServices: { variable: 'HYPERVIGIL_WINDOWS_SERVICES' },
} as const satisfies Readonly<Record<Setting, SettingNames>>;

/** All settings, in the order of the schema. */
export const SETTINGS = Object.keys(SETTING_NAMES) as readonly Setting[];

function path(description: string) {
  return v.pipe(v.string(), v.nonEmpty('must not be empty'), v.description(description));
}
