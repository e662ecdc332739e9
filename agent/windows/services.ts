import * as v from 'valibot';
import { Background } from '../collectors/background.ts';
import type { Collector } from '../collectors/collector.ts';
import { Measurements } from '../collectors/measurements.ts';
import { cimFlag, cimNumber, cimText, rowsIn } from './cim.ts';
import type { PowerShell } from './powershell.ts';
import { ANSWER_WITHIN_MS } from './read-rows.ts';

export interface WindowsServiceOptions {
  readonly powerShell: PowerShell;
  readonly monotonicMs: () => number;
  /** Services that must run, whatever their start type. */
  readonly required: readonly string[];
  /** Services nobody wants to hear of. */
  readonly ignored: readonly string[];
}

/** How a service that should run does not. */
type DownState = 'failed' | 'inactive' | 'missing';

interface DownService {
  readonly service: string;
  readonly state: DownState;
}

/**
 * All services: the Service Control Manager tells them in one go. Whether something else starts one
 * when it is needed only the registry tells, and only of those that do not run it matters.
 */
const SERVICES_SCRIPT = [
  "Get-CimInstance -Query 'SELECT Name,State,StartMode,DelayedAutoStart,ExitCode FROM Win32_Service' -OperationTimeoutSec 10",
  '|Select-Object Name,State,StartMode,DelayedAutoStart,ExitCode,',
  "@{n='Triggered';e={$_.State -ne 'Running' -and (Test-Path ('HKLM:\\SYSTEM\\CurrentControlSet\\Services\\'+$_.Name+'\\TriggerInfo'))}}",
].join('');

const Services = v.pipe(
  v.unknown(),
  v.transform(rowsIn),
  v.array(
    v.object({
      Name: cimText,
      /** `Running`, `Stopped`, `Paused`, `Start Pending` ...: in English everywhere. */
      State: cimText,
      /** `Auto`, `Manual`, `Disabled` ... */
      StartMode: cimText,
      DelayedAutoStart: cimFlag,
      ExitCode: cimNumber,
      Triggered: cimFlag,
    }),
  ),
);

type Service = v.InferOutput<typeof Services>[number];

/** Listing them takes some 0.1 s of CPU time; who waits for a service to come back waits longer. */
const EVERY_MS = 2 * 60_000;

/** More services that are down than a person can read. */
const SERVICES_MAX = 100;

/** ERROR_SERVICE_NEVER_STARTED: nobody has tried since the system has booted. */
const NEVER_STARTED = 1077;

/** Services of a person who is logged in, `CDPUserSvc_4a1f2`: they come and go with their names. */
const OF_A_USER = /_[0-9a-f]{4,}$/;

/**
 * Services of Windows that should run and do not: those started automatically that failed or ended,
 * and configured ones. What ends as a matter of course does not count: services that are started late
 * or by a trigger, those of a logged-in person, and those never started since the system has booted.
 */
export function createWindowsServicesCollector(options: WindowsServiceOptions): Collector {
  const background = new Background(EVERY_MS, options.monotonicMs, () => readDown(options));
  return {
    name: 'windows-services',
    async check() {
      const { down, count } = await readDown(options);
      const names = down.map(({ service, state }) => `${service} (${state})`).join(', ');
      const sees = down.length === 0 ? 'all that should run do' : `down: ${names}`;
      return { status: 'ok', sees: `${count} services; ${sees}` };
    },
    async collect() {
      const latest = background.latest();
      if (latest.kind === 'none') return 'absent';
      if (latest.kind === 'failed') throw latest.error;
      const out = new Measurements();
      for (const { service, state } of latest.value.down) {
        out.add('host_windows_service_down', 1, { service, state });
      }
      return out.list;
    },
    close: () => background.settled(),
  };
}

async function readDown({ powerShell, required, ignored }: WindowsServiceOptions) {
  const answer = await powerShell.ask(SERVICES_SCRIPT, ANSWER_WITHIN_MS);
  if (!answer.ok) throw new Error(answer.error.message);
  const services = v.parse(Services, answer.value);
  // Windows does not tell large letters from small ones.
  const wanted = new Set(required.map((name) => name.toLowerCase()));
  const unwanted = new Set(ignored.map((name) => name.toLowerCase()));
  const down: DownService[] = [];
  for (const service of services) {
    const name = service.Name ?? '';
    const key = name.toLowerCase();
    const isWanted = wanted.delete(key);
    if (name === '' || unwanted.has(key)) continue;
    const state = isWanted ? stateOfRequired(service) : stateOfOther(service);
    if (state !== undefined) down.push({ service: name, state });
  }
  for (const name of required) {
    if (wanted.has(name.toLowerCase())) down.push({ service: name, state: 'missing' });
  }
  return { down: down.slice(0, SERVICES_MAX), count: services.length };
}

function stateOfRequired(service: Service): DownState | undefined {
  if (isUpOrOnTheWay(service)) return undefined;
  return hasFailed(service) ? 'failed' : 'inactive';
}

function stateOfOther(service: Service): DownState | undefined {
  const { Name: name = '', StartMode: startMode, ExitCode: exitCode } = service;
  const shouldRun =
    startMode === 'Auto' &&
    service.DelayedAutoStart !== true &&
    service.Triggered !== true &&
    exitCode !== NEVER_STARTED &&
    !OF_A_USER.test(name);
  return shouldRun ? stateOfRequired(service) : undefined;
}

/** On the way up it is for seconds, and hangs there only until Windows gives it up. */
function isUpOrOnTheWay({ State: state }: Service): boolean {
  return state === 'Running' || state === 'Start Pending' || state === 'Continue Pending';
}

function hasFailed({ ExitCode: exitCode }: Service): boolean {
  return exitCode !== undefined && exitCode !== 0 && exitCode !== NEVER_STARTED;
}
