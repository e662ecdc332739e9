import type { DomainRef, TypedParams } from './procedures.ts';

/*
 * What virsh prints. It is asked in a fixed language, names VMs by their UUID where that can be
 * chosen, and says before each answer which one it is; so a VM's name can be any text.
 */

/** Begins the line before an answer. No line of an answer begins so. */
const MARK = '@';

/** Commands of one call of virsh, each with a name for its answer. */
export function virshScript(commands: ReadonlyMap<string, string>): string {
  return [...commands].map(([name, command]) => `echo '${MARK}${name}\n'; ${command}`).join('; ');
}

/**
 * The lines of each answer, by its name. Where virsh was ended early the last one may lack some, and
 * the following ones are missing; a half line is left out.
 */
export function virshAnswers(stdout: string): ReadonlyMap<string, readonly string[]> {
  const answers = new Map<string, string[]>();
  let current: string[] | undefined;
  for (const line of stdout.split('\n').slice(0, -1)) {
    if (line.startsWith(MARK)) {
      current = [];
      answers.set(line.slice(MARK.length), current);
    } else current?.push(line);
  }
  return answers;
}

const UUID_LINE = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) +(.+)$/;

/** Of `list --all --uuid --name`: names by UUID. */
export function parseUuids(lines: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const line of lines) {
    const [, uuid, name] = UUID_LINE.exec(line) ?? [];
    if (uuid !== undefined && name !== undefined) names.set(uuid, name);
  }
  return names;
}

/** virsh's words for the states of virDomainState, by number. */
const STATES: readonly string[] = [
  'no state',
  'running',
  'idle',
  'paused',
  'in shutdown',
  'shut off',
  'crashed',
  'pmsuspended',
];

/** A row of the table. */
export interface ListedDomain {
  readonly domain: DomainRef;
  /** virDomainState; `undefined` for a word that is newer than ours. */
  readonly state: number | undefined;
}

/**
 * The table of `list --all`, which alone tells the number of a VM's run. A VM that the table does not
 * have (it came or went between two answers) is left out.
 */
export function parseTable(
  lines: readonly string[],
  names: ReadonlyMap<string, string>,
): ListedDomain[] {
  const rows = new Map<string, { id: number; state: number | undefined }>();
  for (const line of lines) {
    const [, id, rest] = /^ *(-|\d+) +(.*?) *$/.exec(line) ?? [];
    if (id === undefined || rest === undefined) continue;
    // The state stands behind the name, which may have blanks of its own.
    const state = STATES.findIndex((word) => rest.endsWith(` ${word}`));
    const word = STATES[state] ?? rest.split(' ').at(-1) ?? '';
    const name = rest.slice(0, rest.length - word.length).trimEnd();
    rows.set(name, { id: id === '-' ? -1 : Number(id), state: state < 0 ? undefined : state });
  }
  return [...names].flatMap(([uuid, name]) => {
    const row = rows.get(name.trimEnd());
    return row === undefined ? [] : [{ domain: { name, uuid, id: row.id }, state: row.state }];
  });
}

/** Fields that are texts even where they look like numbers. */
const TEXT_FIELD = /^(?:block|net)\.\d+\.(?:name|path)$/;

/** Of `domstats --raw`: fields by the VM's name. */
export function parseStats(lines: readonly string[]): ReadonlyMap<string, TypedParams> {
  const stats = new Map<string, Map<string, number | string>>();
  let current: Map<string, number | string> | undefined;
  for (const line of lines) {
    const [, name] = /^Domain: '(.*)'$/.exec(line) ?? [];
    if (name !== undefined) {
      current = new Map();
      stats.set(name, current);
      continue;
    }
    const [, field, text] = /^ {2}([a-z0-9._-]+)=(.*)$/.exec(line) ?? [];
    if (field === undefined || text === undefined) continue;
    const isNumber = !TEXT_FIELD.test(field) && /^-?\d+(?:\.\d+)?$/.test(text);
    current?.set(field, isNumber ? Number(text) : text);
  }
  return stats;
}

/** What libvirt's end of a VM's monitor does, and for how long. */
export interface ControlAnswer {
  readonly state: 'ok' | 'job' | 'occupied' | 'error';
  readonly stateMs: number;
}

/** Of `domcontrol`: `ok`, `occupied (12.345s)`, `background job (1.000s)`, `error: ...`. */
export function parseControl(lines: readonly string[] = []): ControlAnswer | undefined {
  const text = lines.find((line) => line !== '') ?? '';
  if (text === 'ok') return { state: 'ok', stateMs: 0 };
  const [, what, seconds] = /^(background job|occupied) \((\d+(?:\.\d+)?)s\)$/.exec(text) ?? [];
  if (what !== undefined) {
    const stateMs = Number(seconds) * 1000;
    return { state: what === 'occupied' ? 'occupied' : 'job', stateMs };
  }
  return text.startsWith('error') ? { state: 'error', stateMs: 0 } : undefined;
}

/** virsh's words for operations, and ours. */
const OPERATIONS: Readonly<Record<string, string>> = {
  Start: 'start',
  Save: 'save',
  Restore: 'restore',
  'Incoming migration': 'migration_in',
  'Outgoing migration': 'migration_out',
  Snapshot: 'snapshot',
  'Snapshot revert': 'snapshot_revert',
  Dump: 'dump',
  Backup: 'backup',
  'Snapshot delete': 'snapshot_delete',
};

/** Of `domjobinfo`: the operation of a job that is under way, such as `backup`; `undefined` for none. */
export function parseJob(lines: readonly string[] = []): string | undefined {
  const field = (name: string) =>
    lines
      .find((line) => line.startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim();
  const type = field('Job type');
  if (type !== 'Bounded' && type !== 'Unbounded') return undefined;
  return OPERATIONS[field('Operation') ?? ''] ?? 'unknown';
}
