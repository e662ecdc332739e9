import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { Link } from '../../app/link.tsx';
import { useQuery } from '../../app/router.ts';
import { lastValue, linesOf } from '../../chart/lines.ts';
import { useTimeRange } from '../../chart/use-time-range.ts';
import { formatValue } from '../../format/unit.ts';
import { t } from '../../i18n/language.ts';
import { AlertTimes } from '../../machine/alert-times.tsx';
import { AlertsNow } from '../../machine/alerts-now.tsx';
import { type Fact, Facts } from '../../machine/facts.tsx';
import { MachineCharts, useMeasured } from '../../machine/machine-charts.tsx';
import { MACHINE } from '../../machine/messages.ts';
import { RangeBar, useIsCompared } from '../../machine/range-bar.tsx';
import { useAlertBands } from '../../machine/use-alert-bands.ts';
import { type Host, useAlertRules, useAlertsOf, useHost } from '../../machine/use-machine.ts';
import { Empty } from '../../ui/empty.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { PageFrame } from '../../ui/page.tsx';
import { Problem } from '../../ui/problem.tsx';
import { HostState } from '../../ui/state.tsx';
import { Since, Time } from '../../ui/time.tsx';
import { Filesystems } from './forecast.tsx';
import { HOST } from './messages.ts';
import { HOST_CHARTS, HOST_TOTALS } from './specs.ts';
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
      lead={host === undefined ? <Skeleton lines={1} /> : <Lead host={host} />}
      actions={
        <Link to="graph" query={{ 'g0.expr': `{host=${JSON.stringify(name)}}`, 'g0.tab': '1' }}>
          {t(HOST.explore)}
        </Link>
      }
    >
      {failure !== undefined && <Problem failure={failure} staleMs={atMs} retry={refresh} />}
      {/* Another host is another page: nothing of the one before stays. */}
      <Content key={name} name={name} host={host} />
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
}

function Content({ name, host }: ContentProps): JSX.Element {
  const range = useTimeRange('6h');
  const measured = useMeasured(HOST_CHARTS, HOST_TOTALS, { host: name }, range, useIsCompared());
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
  return (
    <>
      <div class="machine-columns">
        <AlertsNow alerts={alerts} filter={`host=${JSON.stringify(name)}`} />
        {host === undefined ? (
          <Skeleton height={220} />
        ) : (
          <Facts facts={factsOf(host, uptimeSeconds)} tags={host.tags} />
        )}
      </div>
      <RangeBar range={range} />
      <AlertTimes bands={bands} range={range} />
      <MachineCharts specs={HOST_CHARTS} bands={ownBands} {...{ measured, range, rules, marks }} />
      {host !== undefined && <Usage own={measured.now} {...{ host, range, rules, bands }} />}
      <Filesystems host={name} />
    </>
  );
}

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
