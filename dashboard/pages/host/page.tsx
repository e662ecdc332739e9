import type { JSX } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { Link } from '../../app/link.tsx';
import { useQuery } from '../../app/router.ts';
import { lastValue, linesOf } from '../../chart/lines.ts';
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
  type Host,
  isSettled,
  useAlertRules,
  useAlertsOf,
  useHost,
} from '../../machine/use-machine.ts';
import { Empty } from '../../ui/empty.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { PageFrame } from '../../ui/page.tsx';
import { Problem } from '../../ui/problem.tsx';
import { HostState } from '../../ui/state.tsx';
import { Since, Time } from '../../ui/time.tsx';
import { Filesystems } from './forecast.tsx';
import { HOST } from './messages.ts';
import { HOST_CHARTS, HOST_TOTALS, hostNumbers } from './specs.ts';
import { Usage } from './usage.tsx';

/** `/host?name=`: one host, all that is known of it, and who uses it. */
export function Page(): JSX.Element {
  const [query] = useQuery();
  const name = query.get('name') ?? '';
  const found = useHost(name);
  const { data, failure, refresh, atMs } = found;
  const documentTitle = name === '' ? t(HOST.host) : `${name} · ${t(HOST.host)}`;
  const host = data?.host;
  if (name === '' || (data !== undefined && host === undefined))
    return (
      <PageFrame title={name === '' ? t(HOST.host) : name} documentTitle={documentTitle}>
        <Unknown name={name} />
      </PageFrame>
    );
  return (
    <PageFrame
      title={name}
      documentTitle={documentTitle}
      lead={host === undefined ? '\u00a0' : <Lead host={host} />}
    >
      {failure !== undefined && <Problem failure={failure} staleMs={atMs} retry={refresh} />}
      {/* Another host is another page: nothing of the one before stays. */}
      <Content key={name} name={name} host={host} isAsked={failure === undefined} />
    </PageFrame>
  );
}

function Unknown({ name }: { readonly name: string }): JSX.Element {
  return (
    <Empty
      title={name === '' ? t(HOST.noName) : t(HOST.unknown, name)}
      action={<Link to="overview">{t(HOST.overview)}</Link>}
    >
      {t(name === '' ? HOST.noNameText : HOST.unknownText)}
    </Empty>
  );
}

function Lead({ host }: { readonly host: Host }): JSX.Element {
  return (
    <>
      <HostState state={host.state} />
      {host.silentSince !== undefined && (
        <>
          {' · '}
          {t(HOST.silentFor)} <Since ms={Date.parse(host.silentSince)} />
        </>
      )}
    </>
  );
}

interface ContentProps {
  readonly name: string;
  /** `undefined`: it is being asked for. */
  readonly host: Host | undefined;
  /** Is an answer still to be expected? */
  readonly isAsked: boolean;
}

function Content({ name, host, isAsked }: ContentProps): JSX.Element {
  const range = useTimeRange('6h');
  const selector = { host: name };
  const measured = useMeasured(HOST_CHARTS, HOST_TOTALS, selector, range, useIsCompared());
  const rules = useAlertRules();
  const bands = useAlertBands('host', name, range);
  const alerts = useAlertsOf('host', name);
  const ownBands = useMemo(() => bands.filter(({ labels }) => !labels['uuid']), [bands]);
  const uptime = measured.now.data && linesOf(measured.now.data, 'host_uptime_seconds')[0];
  const uptimeSeconds = uptime && range.isLive ? lastValue(uptime.values) : undefined;
  const cores = host?.cpuCount;
  const marks = useMemo(
    () =>
      cores === undefined
        ? {}
        : { load: [{ value: cores, label: t(HOST.loadLimit, cores), tone: 'info' as const }] },
    [cores],
  );
  // How high they are is not known before: nothing below them is moved when they come.
  const isReady = useRef(false);
  isReady.current ||= (host !== undefined || !isAsked) && isSettled(alerts);
  if (!isReady.current) return <Skeleton height={PAGE} />;
  return (
    <>
      <KeyNumbers numbers={hostNumbers()} lines={measured.now.data} {...{ selector, range }} />
      <AlertsNow alerts={alerts} filter={`host=${JSON.stringify(name)}`} />
      <RangeBar range={range} />
      <MachineCharts
        specs={HOST_CHARTS}
        bands={ownBands}
        {...{ selector, measured, range, rules, marks }}
      />
      <AlertTimes bands={bands} range={range} />
      {host !== undefined && <Usage own={measured.now} {...{ host, range, rules, bands }} />}
      <Filesystems host={name} />
      {host !== undefined && <Facts facts={factsOf(host, uptimeSeconds)} tags={host.tags} />}
    </>
  );
}

/** What is seen of the page before it is known. */
const PAGE = 640;

function factsOf(host: Host, uptimeSeconds: number | undefined): Fact[] {
  const { cpuCount, memoryBytes } = host;
  const { running, other } = host.vms;
  return [
    [t(HOST.cpu), [host.cpu, cpuCount && t(HOST.cores, cpuCount)].filter(Boolean).join(', ')],
    [t(MACHINE.memory), memoryBytes === undefined ? undefined : formatValue(memoryBytes, 'bytes')],
    [t(HOST.os), host.os],
    [t(HOST.kernel), host.kernel],
    [t(HOST.arch), host.arch],
    [t(HOST.runsIn), host.virtualization],
    [t(MACHINE.hypervisor), host.hypervisor],
    [t(HOST.vms), running + other === 0 ? undefined : t(HOST.vmsCount, running, other)],
    [t(HOST.agent), host.agentVersion],
    [
      t(HOST.upFor),
      uptimeSeconds === undefined ? undefined : (
        <Time ms={Date.now() - uptimeSeconds * 1000} relative />
      ),
    ],
    [t(MACHINE.firstSeen), <Time key="first" ms={Date.parse(host.firstSeen)} />],
    [t(MACHINE.lastSeen), <Time key="last" ms={Date.parse(host.lastSeen)} relative />],
    [t(MACHINE.formerNames), host.formerNames.join(', ')],
  ];
}
