import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Polled } from '../../api/poll.ts';
import type { AlertBand } from '../../chart/bands.ts';
import { Chart } from '../../chart/chart.tsx';
import type { ChartSeries } from '../../chart/chart-types.ts';
import { metricsExpr } from '../../chart/expressions.ts';
import { type Lines, linesOf, sumOf } from '../../chart/lines.ts';
import { gridTimes } from '../../chart/range.ts';
import type { AlertRule } from '../../chart/thresholds.ts';
import { useLines } from '../../chart/use-lines.ts';
import type { TimeRange } from '../../chart/use-time-range.ts';
import type { Unit } from '../../format/unit.ts';
import { t } from '../../i18n/language.ts';
import { laid } from '../../machine/machine-charts.tsx';
import { marksOf } from '../../machine/marks.ts';
import { useIsSeen } from '../../machine/use-is-seen.ts';
import { type Host, useVmsOf } from '../../machine/use-machine.ts';
import { Card } from '../../ui/card.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Problem } from '../../ui/problem.tsx';
import { HOST } from './messages.ts';
import {
  RESOURCES,
  type Resource,
  usageSeries,
  usageSteps,
  VM_USAGE_LABELS,
  VM_USAGE_METRICS,
  type VmUsage,
  vmColors,
  vmUsages,
} from './usage.ts';
import { VmTable } from './vm-table.tsx';

interface UsageProps {
  readonly host: Host;
  readonly range: TimeRange;
  /** What the host measured of itself. */
  readonly own: Polled<Lines>;
  readonly rules: readonly AlertRule[];
  readonly bands: readonly AlertBand[];
}

const UNITS: Readonly<Record<Resource, Unit>> = {
  cpu: 'percent',
  memory: 'bytes',
  disk: 'bytes_per_second',
  network: 'bytes_per_second',
  steal: 'percent',
};

const TITLES = {
  cpu: HOST.share,
  memory: HOST.memory,
  disk: HOST.disk,
  network: HOST.network,
  steal: HOST.steal,
} as const;

/**
 * Its VMs, and who of them takes what. It asks when it is seen: the same items as the host's charts, 31 read units for
 * the last hour.
 */
export function Usage(props: UsageProps): JSX.Element {
  const { host, range, own } = props;
  const [seen, isSeen] = useIsSeen();
  const vms = useVmsOf(host.host);
  const count = vms.data?.vms.length;
  const steps = usageSteps(range.span, count ?? 0);
  const expr =
    isSeen && count !== undefined
      ? metricsExpr(VM_USAGE_METRICS, { host: host.host }, steps, VM_USAGE_LABELS)
      : '';
  const { data, failure, refresh, atMs, isLoading } = useLines(expr, range, steps);
  const usages = useMemo(
    () => (data === undefined ? [] : vmUsages(data, host.cpuCount)),
    [data, host.cpuCount],
  );
  const timesMs = useMemo(() => (data === undefined ? [] : gridTimes(data.grid)), [data]);
  const isEmpty = count === 0 && data !== undefined && usages.length === 0;
  return (
    <div ref={seen}>
      <Card title={t(HOST.usage)}>
        {isEmpty ? (
          <Empty title={t(HOST.noVms)}>{t(HOST.noVmsText)}</Empty>
        ) : (
          <>
            <p class="machine-lead">{t(HOST.usageLead)}</p>
            {failure !== undefined && <Problem failure={failure} staleMs={atMs} retry={refresh} />}
            <div class="machine-charts">
              {RESOURCES.map((resource) => (
                <UsageChart
                  key={resource}
                  {...{ resource, range, usages, data, host, timesMs }}
                  own={own.data}
                  rules={props.rules}
                  bands={props.bands}
                  isLoading={isLoading && data === undefined}
                />
              ))}
            </div>
            <VmTable {...{ vms, usages, timesMs }} />
          </>
        )}
      </Card>
    </div>
  );
}

interface UsageChartProps {
  readonly resource: Resource;
  readonly range: TimeRange;
  readonly usages: readonly VmUsage[];
  readonly data: Lines | undefined;
  readonly own: Lines | undefined;
  readonly timesMs: readonly number[];
  readonly host: Host;
  readonly rules: readonly AlertRule[];
  readonly bands: readonly AlertBand[];
  readonly isLoading: boolean;
}

function UsageChart(props: UsageChartProps): JSX.Element {
  const { resource, range, usages, data, own, timesMs } = props;
  const unit = UNITS[resource];
  const series = useMemo(() => {
    if (data === undefined) return [];
    const vms = usageSeries(usages, resource, vmColors(usages), (n) => t(HOST.others, n));
    return [...vms, ...hostSeries(resource, data, own)];
  }, [usages, data, own, resource]);
  const marks = useMemo(
    () =>
      resource === 'steal'
        ? marksOf(['vm_cpu_steal_percent'], unit, props.rules, props.bands, data)
        : { thresholds: [], bands: [] },
    [resource, props.rules, props.bands, data],
  );
  return (
    <Chart
      title={t(TITLES[resource])}
      {...{ unit, timesMs, series, ...marks }}
      range={range.span}
      onZoom={range.zoom}
      onZoomOut={range.zoomOut}
      syncKey="machine"
      isLoading={props.isLoading}
      note={resource === 'cpu' && data !== undefined ? shareNote(props) : undefined}
    />
  );
}

function shareNote({ host, usages }: UsageChartProps): string | undefined {
  if (host.cpuCount === undefined) return t(HOST.noCores);
  const unknown = usages.filter(({ vcpus }) => vcpus === undefined).length;
  return unknown === 0 ? undefined : t(HOST.noVcpus, unknown);
}

/** Lines of the host itself above its VMs' areas. */
function hostSeries(resource: Resource, vms: Lines, own: Lines | undefined): ChartSeries[] {
  if (own === undefined || own.grid.stepMs !== vms.grid.stepMs) return [];
  const line = (label: string, metrics: readonly string[], color: number): ChartSeries[] => {
    const found = metrics.flatMap((metric) => linesOf(own, metric));
    if (found.length === 0) return [];
    const values = sumOf(
      found.map((one) => one.values),
      own.grid.count,
    );
    return [{ label, values: laid(values, own, vms), color }];
  };
  switch (resource) {
    case 'cpu':
      return line(t(HOST.whole), ['host_cpu_usage_percent'], 15);
    case 'memory':
      return [
        ...line(t(HOST.whole), ['host_memory_used_bytes'], 15),
        ...line(t(HOST.installed), ['host_memory_total_bytes'], 23),
      ];
    case 'disk':
      return line(
        t(HOST.whole),
        ['host_disk_read_bytes_per_second', 'host_disk_write_bytes_per_second'],
        15,
      );
    case 'network':
      return line(
        t(HOST.whole),
        ['host_network_receive_bytes_per_second', 'host_network_transmit_bytes_per_second'],
        15,
      );
    case 'steal':
      return [
        ...line(t(HOST.hostSteal), ['host_cpu_steal_percent'], 15),
        ...line(t(HOST.hostWaiting), ['host_pressure_cpu_waiting_percent'], 23),
      ];
  }
}
