import { describe, expect, it } from 'vitest';
import { createGpuCollector } from '../../../agent/collectors/gpu.ts';
import type { CommandOutput } from '../../../agent/run-command.ts';
import { hostTree } from '../host-tree.ts';
import { collectSettled, notInstalled, program } from './programs.ts';

function gpusOf(answer: Partial<CommandOutput> | Error) {
  const { run, calls } = program(() => answer);
  const host = hostTree();
  return { gpus: createGpuCollector(run, host.monotonicMs), calls, host };
}

describe('the GPU collector', () => {
  it('gives the use of each GPU, and leaves out what one does not tell', async () => {
    const { gpus, calls } = gpusOf({
      stdout:
        '0, NVIDIA A100-SXM4-40GB, 37, 10240, 40960, 41\n1, Tesla M60, [N/A], 3, 8129, [Not Supported]\n',
    });
    expect(await collectSettled(gpus)).toEqual({
      'host_gpu_usage_percent{0,NVIDIA A100-SXM4-40GB}': 37,
      'host_gpu_memory_usage_percent{0,NVIDIA A100-SXM4-40GB}': 25,
      'host_gpu_memory_used_bytes{0,NVIDIA A100-SXM4-40GB}': 10_737_418_240,
      'host_gpu_memory_total_bytes{0,NVIDIA A100-SXM4-40GB}': 42_949_672_960,
      'host_gpu_temperature_celsius{0,NVIDIA A100-SXM4-40GB}': 41,
      'host_gpu_memory_usage_percent{1,Tesla M60}': (3 / 8129) * 100,
      'host_gpu_memory_used_bytes{1,Tesla M60}': 3 << 20,
      'host_gpu_memory_total_bytes{1,Tesla M60}': 8129 * 2 ** 20,
    });
    expect(calls[0]).toEqual([
      '--query-gpu=index,name,utilization.gpu,memory.used,memory.total,temperature.gpu',
      '--format=csv,noheader,nounits',
    ]);
  });

  it('starts the program every half minute, not for each sample', async () => {
    const { gpus, calls, host } = gpusOf({ stdout: '0, Tesla T4, 1, 2, 3, 4\n' });
    for (let i = 0; i < 4; i += 1) {
      await collectSettled(gpus);
      host.advance(10_000);
    }
    expect(calls).toHaveLength(2);
  });

  it.each([
    [{ stdout: 'No devices were found\n', exitCode: 6 }, 'absent', 'nvidia-smi, no GPU'],
    [notInstalled(), 'absent', 'no nvidia-smi'],
    [{ stdout: '0, Tesla T4, 1, 2, 3, 4\n' }, 'ok', '1 GPU: Tesla T4'],
  ])('says in a check what there is: %j', async (answer, status, sees) => {
    expect(await gpusOf(answer).gpus.check()).toEqual({ status, sees });
  });

  it.each([
    [
      { stdout: 'Failed to initialize NVML: Driver/library version mismatch\n', exitCode: 18 },
      'nvidia-smi: Failed to initialize NVML: Driver/library version mismatch',
    ],
    [{ stdout: 'NVIDIA-SMI has changed\n' }, 'not a line about a GPU'],
  ])('fails, and says why: %j', async (answer, reason) => {
    await expect(collectSettled(gpusOf(answer).gpus)).rejects.toThrow(reason);
  });
});
