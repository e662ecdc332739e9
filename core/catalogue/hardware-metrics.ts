import type { Metric } from './metric.ts';

const KIB = 1024;
const SENSOR = ['chip', 'sensor'] as const;
const GPU = ['gpu', 'model'] as const;
const DISK = ['device'] as const;

/** Metrics of what a host is made of and of the services that run it, in the order the agent sends them. */
export const HARDWARE_METRICS = [
  {
    name: 'host_temperature_celsius',
    unit: 'celsius',
    help: 'Temperature of a sensor, at most half a minute old.',
    labels: SENSOR,
    source: '/sys/class/hwmon/*/temp*_input; where there is none, /sys/class/thermal',
    resolution: 0.5,
  },
  {
    name: 'host_temperature_critical_celsius',
    unit: 'celsius',
    help: 'Temperature at which the part takes harm or switches off; where the sensor tells it.',
    labels: SENSOR,
    source: '/sys/class/hwmon/*/temp*_crit; /sys/class/thermal: the trip point "critical"',
    resolution: 0.5,
  },
  {
    name: 'host_disk_smart_healthy',
    unit: 'state',
    help: '1 while the disk says of itself that it is well, 0 when it expects to fail.',
    labels: DISK,
    source: 'smartctl: smart_status.passed, every 10 min',
    resolution: 1,
  },
  count(
    'host_disk_smart_bad_sectors_count',
    'Sectors the disk could not read or had to replace.',
    'smartctl: ATA attributes 5 (reallocated) + 197 (pending) + 198 (uncorrectable); SCSI: grown defect list; NVMe: media errors',
  ),
  {
    name: 'host_disk_smart_wear_percent',
    unit: 'percent',
    help: 'Used part of the life a solid-state disk was made for; may go beyond 100.',
    labels: DISK,
    source:
      'smartctl: NVMe percentage_used; ATA: 100 - the value of attribute 177, 231 or 233; SCSI: endurance indicator',
    resolution: 1,
  },
  {
    name: 'host_disk_smart_power_on_seconds',
    unit: 'seconds',
    help: 'Time the disk has been switched on in its life.',
    labels: DISK,
    source: 'smartctl: power_on_time',
    resolution: 3600,
  },
  {
    name: 'host_gpu_usage_percent',
    unit: 'percent',
    help: 'Time in which the GPU had work.',
    labels: GPU,
    source: 'nvidia-smi: utilization.gpu, every 30 s',
    resolution: 1,
  },
  {
    name: 'host_gpu_memory_usage_percent',
    unit: 'percent',
    help: 'Memory of the GPU in use.',
    labels: GPU,
    source: 'nvidia-smi: memory.used / memory.total x 100',
    resolution: 0.1,
  },
  {
    name: 'host_gpu_memory_used_bytes',
    unit: 'bytes',
    help: 'Memory of the GPU in use.',
    labels: GPU,
    source: 'nvidia-smi: memory.used',
    resolution: KIB * KIB,
  },
  {
    name: 'host_gpu_memory_total_bytes',
    unit: 'bytes',
    help: 'Memory of the GPU.',
    labels: GPU,
    source: 'nvidia-smi: memory.total',
    resolution: KIB * KIB,
  },
  {
    name: 'host_gpu_temperature_celsius',
    unit: 'celsius',
    help: 'Temperature of the GPU.',
    labels: GPU,
    source: 'nvidia-smi: temperature.gpu',
    resolution: 1,
  },
  {
    name: 'host_systemd_unit_down',
    unit: 'state',
    help: '1 while a unit of systemd that should run does not; `state` is failed, restarting (it ended and is about to be started again), inactive or missing. No series while it is well.',
    labels: ['unit', 'state'],
    source:
      'systemctl show: services that failed, enabled services that ended, and configured units',
    resolution: 1,
  },
  {
    name: 'host_windows_service_down',
    unit: 'state',
    help: '1 while a service of Windows that should run does not; `state` is failed, inactive or missing. No series while it is well.',
    labels: ['service', 'state'],
    source:
      'Win32_Service: automatic services that failed or ended (but those started late or by a trigger), and configured ones',
    resolution: 1,
  },
] as const satisfies readonly Metric[];

function count<N extends string>(name: N, help: string, source: string) {
  return { name, unit: 'count', help, labels: DISK, source, resolution: 1 } as const;
}
