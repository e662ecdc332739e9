import { errorCode } from '../proc/host-files.ts';
import type { CommandOutput } from '../run-command.ts';
import { Background } from './background.ts';
import type { Collector } from './collector.ts';
import { Measurements, percentOf } from './measurements.ts';

/** Runs nvidia-smi with these arguments. */
export type RunNvidiaSmi = (args: readonly string[]) => Promise<CommandOutput>;

interface Gpu {
  readonly index: string;
  readonly model: string;
  readonly usagePercent: number | undefined;
  readonly usedBytes: number | undefined;
  readonly totalBytes: number | undefined;
  readonly celsius: number | undefined;
}

/** The program takes some 30 ms of CPU time, more where no daemon keeps the driver loaded. */
const EVERY_MS = 30_000;
const GPUS_MAX = 32;
const MIB = 1 << 20;
const QUERY = 'index,name,utilization.gpu,memory.used,memory.total,temperature.gpu';

/** GPUs of NVIDIA, through nvidia-smi where it is installed. Fields a GPU does not have are left out. */
export function createGpuCollector(run: RunNvidiaSmi, monotonicMs: () => number): Collector {
  const background = new Background(EVERY_MS, monotonicMs, () => readGpus(run));
  return {
    name: 'gpu',
    async check() {
      const gpus = await readGpus(run);
      if (gpus === 'absent') return { status: 'absent', sees: 'no nvidia-smi' };
      const models = gpus.map(({ model }) => model).join(', ');
      return gpus.length === 0
        ? { status: 'absent', sees: 'nvidia-smi, no GPU' }
        : { status: 'ok', sees: `${gpus.length} ${gpus.length === 1 ? 'GPU' : 'GPUs'}: ${models}` };
    },
    async collect() {
      const latest = background.latest();
      if (latest.kind === 'failed') throw latest.error;
      if (latest.kind === 'none' || latest.value === 'absent') return 'absent';
      const out = new Measurements();
      for (const gpu of latest.value) addGpu(out, gpu);
      return out.list;
    },
    close: () => background.settled(),
  };
}

function addGpu(out: Measurements, gpu: Gpu): void {
  const labels = { gpu: gpu.index, model: gpu.model };
  out.add('host_gpu_usage_percent', gpu.usagePercent, labels);
  out.add('host_gpu_memory_usage_percent', percentOf(gpu.usedBytes, gpu.totalBytes), labels);
  out.add('host_gpu_memory_used_bytes', gpu.usedBytes, labels);
  out.add('host_gpu_memory_total_bytes', gpu.totalBytes, labels);
  out.add('host_gpu_temperature_celsius', gpu.celsius, labels);
}

async function readGpus(run: RunNvidiaSmi): Promise<readonly Gpu[] | 'absent'> {
  let output: CommandOutput;
  try {
    output = await run([`--query-gpu=${QUERY}`, '--format=csv,noheader,nounits']);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'absent';
    throw error;
  }
  if (/^No devices were found/m.test(output.stdout)) return [];
  if (output.exitCode !== 0) {
    const [complaint = ''] = (output.stdout.trim() || output.stderr.trim()).split('\n');
    throw new Error(`nvidia-smi: ${complaint || `exit code ${output.exitCode}`}`);
  }
  const lines = output.stdout.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(0, GPUS_MAX).map(parseGpu);
}

/** `0, NVIDIA A100-SXM4-40GB, 37, 1234, 40960, 41`; `[N/A]` where it has no such thing. */
function parseGpu(line: string): Gpu {
  const fields = line.split(',').map((field) => field.trim());
  const [index = '', model = '', usage, used, total, celsius] = fields;
  if (fields.length !== QUERY.split(',').length || !/^\d+$/.test(index)) {
    throw new Error(`nvidia-smi: not a line about a GPU: ${JSON.stringify(line.slice(0, 100))}`);
  }
  return {
    index,
    model,
    usagePercent: numberOf(usage),
    usedBytes: mebibytes(used),
    totalBytes: mebibytes(total),
    celsius: numberOf(celsius),
  };
}

function mebibytes(text: string | undefined): number | undefined {
  const value = numberOf(text);
  return value === undefined ? undefined : value * MIB;
}

function numberOf(text = ''): number | undefined {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}
