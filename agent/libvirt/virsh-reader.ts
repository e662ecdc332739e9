import { err, ok, type Result } from '../../core/result.ts';
import { errorCode } from '../proc/host-files.ts';
import { CommandCutShort, type CommandOutput } from '../run-command.ts';
import { isMigrating, untoldOperation } from './domain-jobs.ts';
import type { DomainReader } from './domain-reader.ts';
import type { DomainRecord, TypedParams } from './procedures.ts';
import { HUNG_AFTER_MS, hasAnswered, hasProcess } from './silent-domains.ts';
import { domainStats } from './stats.ts';
import {
  type ControlAnswer,
  type ListedDomain,
  parseControl,
  parseJob,
  parseStats,
  parseTable,
  parseUuids,
  virshAnswers,
  virshScript,
} from './virsh-output.ts';
import { type ReadError, virshTrouble } from './virsh-trouble.ts';
import type { DomainReading } from './vm-measurements.ts';

/*
 * VMs of a libvirt that has no socket here: virsh is started once a sample, with all questions in one
 * call, and speaks to it however the address says. Those that never block come first, and the numbers
 * of all VMs last: they block for ever at a VM whose process hangs. virsh is then ended with the
 * sample's time, and what it had said by then stands; libvirt's end of the blocked call stays, so that
 * the next one with NOWAIT passes the hung VM over (see domain-reader.ts).
 */

/** Runs virsh with these arguments; rejects as `runCommand` does. */
export type RunVirsh = (args: readonly string[], timeoutMs: number) => Promise<CommandOutput>;

/** Bounds the workers of libvirtd that we may hold. */
const STUCK_MAX_COUNT = 4;
/** With all of those stuck, numbers are not asked for before so long after the last try. */
const STUCK_RETRY_MS = 5 * 60_000;
/** Each question about one VM is a round trip. */
const ASKED_MAX_COUNT = 100;
/** What is late is thrown away, so the end comes before. */
const TIME_SHARE = 0.95;

const LISTS = [
  ['uuids', 'list --all --uuid --name'],
  ['table', 'list --all'],
  ['states', 'domstats --raw --state'],
] as const;
const NUMBERS = 'domstats --raw --state --cpu-total --balloon --vcpu --interface --block';

/** `monotonicMs` never goes back. */
export function createVirshReader(
  uri: string,
  run: RunVirsh,
  monotonicMs: () => number,
): DomainReader {
  let stuckCount = 0;
  let stuckAtMs = Number.NEGATIVE_INFINITY;
  let canSkip = true;
  /** UUIDs: of those that gave numbers, that gave none while a call was stuck, and that hang. */
  let answered: readonly string[] = [];
  let silent: readonly string[] = [];
  let hung: ReadonlySet<string> = new Set();
  let lastJobs: ReadonlyMap<string, string> = new Map();

  const questions = (): ReadonlyMap<string, string> => {
    const isFull = stuckCount < STUCK_MAX_COUNT || monotonicMs() - stuckAtMs >= STUCK_RETRY_MS;
    // Only then: it also passes over VMs that somebody else asks in that very moment.
    const skips = canSkip && stuckCount > 0;
    return new Map<string, string>([
      ...LISTS,
      ...silent.map((uuid) => [`control ${uuid}`, `domcontrol ${uuid}`] as const),
      ...(isFull ? [['numbers', `${NUMBERS}${skips ? ' --nowait' : ''}`] as const] : []),
      ...answered.map((uuid) => [`job ${uuid}`, `domjobinfo ${uuid}`] as const),
    ]);
  };

  /** What the answers say, and what to ask of whom the next time. */
  const judge = (said: Said, asked: ReadonlyMap<string, string>): DomainReading[] => {
    const atMs = monotonicMs();
    const isStuck = said.isCutShort && said.answers.has('numbers') && !hasLater(said, asked);
    if (isStuck) {
      stuckCount += 1;
      stuckAtMs = atMs;
    }
    const records = recordsOf(said.answers);
    const alive = records.filter(hasProcess);
    const quiet = stuckCount === 0 ? [] : alive.filter((record) => !hasAnswered(record));
    const controls = new Map(
      quiet.map(({ domain }) => [
        domain.uuid,
        parseControl(said.answers.get(`control ${domain.uuid}`)),
      ]),
    );
    const isBusy = (control: ControlAnswer | undefined) => control?.state !== 'ok';
    if (!isStuck && asked.has('numbers') && ![...controls.values()].some(isBusy)) stuckCount = 0;
    hung = new Set(
      [...controls].filter(([uuid, it]) => isHung(it, hung.has(uuid))).map(([uuid]) => uuid),
    );
    const jobs = new Map<string, string>();
    for (const record of alive) {
      const { uuid } = record.domain;
      const job = controls.has(uuid)
        ? untoldJob(record, controls.get(uuid), lastJobs.get(uuid))
        : toldJob(record, said.answers.get(`job ${uuid}`));
      if (job !== undefined) jobs.set(uuid, job);
    }
    lastJobs = jobs;
    silent = [...controls.keys()].slice(0, ASKED_MAX_COUNT);
    answered = alive
      .map(({ domain }) => domain.uuid)
      .filter((uuid) => !controls.has(uuid))
      .slice(0, ASKED_MAX_COUNT);
    return records.flatMap((record) => {
      const stats = domainStats(record);
      if (stats === undefined) return [];
      const job = jobs.get(stats.uuid);
      return [{ stats, hung: hung.has(stats.uuid), job, atMs }];
    });
  };

  return {
    async read(withinMs) {
      const asked = questions();
      const args = ['-r', '-q', '-c', uri, virshScript(asked)];
      const said = await ask(run, args, TIME_SHARE * withinMs);
      if (!said.ok) return said;
      const { answers, stderr, exitCode, isCutShort } = said.value;
      // Of a virsh or a libvirt before 4.5. Then a VM that hangs costs the numbers of all.
      if (/unsupported flags|support option --nowait/.test(stderr)) canSkip = false;
      const lists = LISTS.map(([name]) => answers.get(name));
      if (lists.includes(undefined) && isCutShort)
        return err({ code: 'timeout', message: `virsh: no list of VMs within ${withinMs} ms` });
      if (lists.includes(undefined)) return err(virshTrouble(stderr, exitCode));
      return ok(judge(said.value, asked));
    },
    stuckCount: () => stuckCount,
    close() {},
  };
}

/** What virsh said, all of it or up to the end of its time. */
interface Said {
  readonly answers: ReadonlyMap<string, readonly string[]>;
  readonly stderr: string;
  readonly exitCode: number | undefined;
  readonly isCutShort: boolean;
}

async function ask(
  run: RunVirsh,
  args: readonly string[],
  timeoutMs: number,
): Promise<Result<Said, ReadError>> {
  try {
    const { stdout, stderr, exitCode } = await run(args, Math.max(1, Math.trunc(timeoutMs)));
    return ok({ answers: virshAnswers(stdout), stderr, exitCode, isCutShort: false });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') {
      return err({ code: 'no_virsh', message: 'there is no program virsh' });
    }
    if (!(error instanceof CommandCutShort)) throw error;
    const answers = virshAnswers(error.stdout);
    return ok({ answers, stderr: '', exitCode: undefined, isCutShort: true });
  }
}

/** Did virsh come to another question after the numbers? */
function hasLater({ answers }: Said, asked: ReadonlyMap<string, string>): boolean {
  const names = [...asked.keys()];
  return names.slice(names.indexOf('numbers') + 1).some((name) => answers.has(name));
}

/** Every VM with what is known of it: its numbers, or its state alone, or what the list says of that. */
function recordsOf(answers: Said['answers']): DomainRecord[] {
  const of = (name: string) => answers.get(name) ?? [];
  const numbers = parseStats(of('numbers'));
  const states = parseStats(of('states'));
  return parseTable(of('table'), parseUuids(of('uuids'))).map((listed) => {
    const { domain } = listed;
    // The last VM's may be cut off in the middle, but then lacks what says that it has answered.
    const params = numbers.get(domain.name) ?? states.get(domain.name) ?? paramsOf(listed);
    return { domain, params };
  });
}

/** Where the hypervisor gives no statistics. Reason 0 is "unknown" in every state. */
function paramsOf({ state }: ListedDomain): TypedParams {
  return new Map<string, number>(
    state === undefined
      ? []
      : [
          ['state.state', state],
          ['state.reason', 0],
        ],
  );
}

/** One that hung does so until it answers: a libvirtd that was restarted counts anew. */
function isHung(control: ControlAnswer | undefined, didHang: boolean): boolean {
  if (control?.state === 'ok') return false;
  return didHang || (control?.state === 'occupied' && control.stateMs >= HUNG_AFTER_MS);
}

function toldJob(record: DomainRecord, lines: readonly string[] | undefined): string | undefined {
  // Refused on the host that receives it.
  return parseJob(lines) ?? (isMigrating(record) ? 'migration_in' : undefined);
}

function untoldJob(
  record: DomainRecord,
  control: ControlAnswer | undefined,
  last: string | undefined,
): string | undefined {
  const hasJob = control?.state === 'job' || isMigrating(record);
  return hasJob ? untoldOperation(record, last) : undefined;
}
