import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { Link } from '../../app/link.tsx';
import { useQuery } from '../../app/router.ts';
import { metricsExpr } from '../../chart/expressions.ts';
import { eventSteps } from '../../chart/range.ts';
import { useLines } from '../../chart/use-lines.ts';
import { useTimeRange } from '../../chart/use-time-range.ts';
import { formatValue } from '../../format/unit.ts';
import { t } from '../../i18n/language.ts';
import { AlertTimes } from '../../machine/alert-times.tsx';
import { AlertsNow } from '../../machine/alerts-now.tsx';
import { type Fact, Facts } from '../../machine/facts.tsx';
import { KeyNumbers } from '../../machine/key-numbers.tsx';
import { MachineCharts, useMeasured } from '../../machine/machine-charts.tsx';
import { MACHINE } from '../../machine/messages.ts';
import { RangeBar, useIsCompared } from '../../machine/range-bar.tsx';
import { useAlertBands } from '../../machine/use-alert-bands.ts';
import {
  isSettled,
  useAlertRules,
  useAlertsOf,
  useVm,
  useVmHistory,
  type Vm,
} from '../../machine/use-machine.ts';
import { Empty } from '../../ui/empty.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { PageFrame } from '../../ui/page.tsx';
import { Problem } from '../../ui/problem.tsx';
import { VmState } from '../../ui/state.tsx';
import { Since, Time } from '../../ui/time.tsx';
import { VM } from './messages.ts';
import { Placements } from './placements.tsx';
import { VM_CHARTS, vmNumbers } from './specs.ts';
import { STATE_METRICS } from './states.ts';
import { HostLink, Timeline } from './timeline.tsx';
import './vm.css';

/** `/vm?uuid=`: one VM wherever it runs: what it was, where, and what it used. */
export function Page(): JSX.Element {
  const [query] = useQuery();
  const uuid = query.get('uuid') ?? '';
  const now = useVm(uuid);
  const history = useVmHistory(uuid);
  // What nobody has any more is in its history alone.
  const vm = now.data?.vm ?? history.data?.vm;
  const isUnknown = now.data !== undefined && history.data !== undefined && vm === undefined;
  if (uuid === '' || isUnknown)
    return (
      <PageFrame title={t(VM.vm)}>
        <Empty
          title={t(uuid === '' ? VM.noUuid : VM.unknown)}
          action={<Link to="overview">{t(VM.overview)}</Link>}
        >
          {uuid === '' ? t(VM.noUuidText) : t(VM.unknownText, uuid)}
        </Empty>
      </PageFrame>
    );
  // A UUID takes two lines on a phone, and a name then one: it stands there only where nothing better comes.
  const isAsked = vm === undefined && now.failure === undefined;
  const name = isAsked ? t(VM.vm) : vm?.name || uuid;
  return (
    <PageFrame
      title={name}
      documentTitle={isAsked ? name : `${name} · ${t(VM.vm)}`}
      lead={vm === undefined ? '\u00a0' : <Lead vm={vm} />}
    >
      {now.failure !== undefined && (
        <Problem failure={now.failure} staleMs={now.atMs} retry={now.refresh} />
      )}
      <Content key={uuid} uuid={uuid} vm={vm} history={history} />
    </PageFrame>
  );
}

function Lead({ vm }: { readonly vm: Vm }): JSX.Element {
  return (
    <>
      <VmState state={vm.state} />
      {vm.stateSince !== undefined && (
        <>
          {' '}
          {t(VM.since)} <Since ms={Date.parse(vm.stateSince)} />
        </>
      )}
      {vm.host !== undefined && (
        <>
          {' · '}
          {t(vm.state === 'gone' ? VM.lastOn : VM.on)} <HostLink host={vm.host} />
        </>
      )}
    </>
  );
}

interface ContentProps {
  readonly uuid: string;
  /** `undefined`: it is being asked for. */
  readonly vm: Vm | undefined;
  readonly history: ReturnType<typeof useVmHistory>;
}

function Content({ uuid, vm, history }: ContentProps): JSX.Element {
  const range = useTimeRange('6h');
  const steps = eventSteps(range.steps);
  const isTogether = steps === range.steps;
  const selector = { uuid };
  const measured = useMeasured(
    VM_CHARTS,
    isTogether ? STATE_METRICS : [],
    selector,
    range,
    useIsCompared(),
  );
  const apart = useLines(
    isTogether ? '' : metricsExpr(STATE_METRICS, selector, steps),
    range,
    steps,
  );
  const rules = useAlertRules();
  const bands = useAlertBands('uuid', uuid, range);
  const alerts = useAlertsOf('uuid', uuid);
  const states = isTogether ? measured.now : apart;
  // How high they are is not known before: nothing below them is moved when they come.
  const isReady = useRef(false);
  isReady.current ||= [alerts, states, history].every(isSettled);
  if (!isReady.current) return <Skeleton height={PAGE} />;
  return (
    <>
      {vm !== undefined && vm.alsoOn.length > 0 && (
        <p class="vm-also">
          {t(VM.alsoOn)}{' '}
          {vm.alsoOn.map(({ host, state }) => (
            <span key={host}>
              <HostLink host={host} /> <VmState state={state} />{' '}
            </span>
          ))}
        </p>
      )}
      <KeyNumbers numbers={vmNumbers()} lines={measured.now.data} {...{ selector, range }} />
      <AlertsNow alerts={alerts} filter={`uuid=${JSON.stringify(uuid)}`} />
      <RangeBar range={range} />
      <Timeline states={states} vm={history.data?.vm} range={range} />
      <MachineCharts specs={VM_CHARTS} {...{ selector, measured, range, rules, bands }} />
      <AlertTimes bands={bands} range={range} />
      <Placements history={history} />
      {vm !== undefined && <Facts facts={factsOf(vm)} tags={vm.tags} />}
    </>
  );
}

/** What is seen of the page before it is known. */
const PAGE = 640;

function factsOf(vm: Vm): Fact[] {
  const { vcpus, memoryBytes } = vm;
  return [
    [t(VM.host), vm.host === undefined ? undefined : <HostLink key="host" host={vm.host} />],
    [t(VM.vcpus), vcpus],
    [t(MACHINE.memory), memoryBytes === undefined ? undefined : formatValue(memoryBytes, 'bytes')],
    [t(MACHINE.hypervisor), vm.hypervisor],
    [t(MACHINE.firstSeen), <Time key="first" ms={Date.parse(vm.firstSeen)} />],
    [t(MACHINE.lastSeen), <Time key="last" ms={Date.parse(vm.lastSeen)} relative />],
    [t(MACHINE.formerNames), vm.formerNames.join(', ')],
    [t(VM.uuid), <code key="uuid">{vm.uuid}</code>],
  ];
}
