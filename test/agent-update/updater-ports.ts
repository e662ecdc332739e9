import { systemDisk } from '../../agent/update/disk.ts';
import type { Layout } from '../../agent/update/layout.ts';
import { systemdService } from '../../agent/update/service.ts';
import type { UpdatePorts } from '../../agent/update/update.ts';
import { ok } from '../../core/result.ts';
import { PLATFORM } from './release-files.ts';

/** All that an updater of these tests is told; goes through one argument as JSON. */
export interface UpdaterSettings {
  readonly layout: Layout;
  readonly systemctl: string;
  readonly journalctl: string;
  readonly url: string;
  readonly bearer: string;
  readonly publicKey: string;
  readonly policy: 'manual' | 'auto';
  readonly proofMs: number;
}

/** Real files, real requests and real processes; only the times are short. */
export function updaterPorts(
  { layout, systemctl, journalctl, url, bearer, publicKey, policy, proofMs }: UpdaterSettings,
  log: (line: string) => void,
  signal = new AbortController().signal,
): UpdatePorts {
  return {
    layout,
    disk: systemDisk,
    service: systemdService(systemctl, journalctl),
    platform: PLATFORM,
    publicKey,
    readTarget: () =>
      ok({
        ...{ url: new URL(url), bearer, configFile: '/etc/hypervigil/agent.yaml', policy },
        batchIntervalMs: 1000,
      }),
    findServerTrouble: async () => {
      const { status } = await fetch(`${url}/v1/batches`, { method: 'POST' });
      return status === 400 ? undefined : `${url} answered ${status}`;
    },
    isOtherThere: () => true,
    log,
    signal,
    limits: { idleMs: 300, downloadMs: 20_000, retryMs: 5, proofMs: () => proofMs, pollMs: 20 },
  };
}

/** As patient as a loaded machine needs it. */
export const PATIENT_MS = 20_000;
