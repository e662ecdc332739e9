import type { Wish } from '../../agent/update/choose.ts';
import { type UpdatePorts, update } from '../../agent/update/update.ts';
import type { Result } from '../../core/result.ts';
import { type Behaviour, type Installation, installAgent } from './installation.ts';
import { makeKeys, makeRelease } from './release-files.ts';
import { HOST_KEY, type ReleaseServer, startReleaseServer } from './release-server.ts';
import { PATIENT_MS, type UpdaterSettings, updaterPorts } from './updater-ports.ts';

/** By a person, and nothing unusual. */
export const BY_HAND: Wish = {
  isByPolicy: false,
  isReinstall: false,
  mayDowngrade: false,
  version: undefined,
};
export const BY_POLICY: Wish = { ...BY_HAND, isByPolicy: true };

/** An installed 1.0.0, and a deployment that offers something. */
export interface Scene {
  readonly installed: Installation;
  readonly server: ReleaseServer;
  /** What the deployment offers from now on. */
  readonly offer: (version: string, behaviour?: Behaviour) => void;
  readonly settings: (changes?: Partial<UpdaterSettings>) => UpdaterSettings;
  readonly update: (
    wish?: Wish,
    changes?: Partial<UpdaterSettings>,
    ports?: Partial<UpdatePorts>,
  ) => Promise<Result<string, string>>;
  /** What the updater said on its way. */
  readonly said: string[];
}

export async function setScene(): Promise<Scene> {
  const installed = installAgent('1.0.0');
  const { privateKey, publicKey } = makeKeys();
  const server = await startReleaseServer(new Map());
  const said: string[] = [];
  const { layout, systemctl, journalctl } = installed;
  const settings = (changes: Partial<UpdaterSettings> = {}): UpdaterSettings => ({
    ...{ layout, systemctl, journalctl, url: server.url.origin, bearer: HOST_KEY, publicKey },
    ...{ policy: 'auto', proofMs: PATIENT_MS },
    ...changes,
  });
  const scene: Scene = {
    installed,
    server,
    offer: (version, behaviour = 'posts') => {
      const executable = installed.executable(version, behaviour);
      server.files = makeRelease(version, executable, privateKey);
    },
    settings,
    update: (wish = BY_HAND, changes = {}, ports = {}) => {
      const usual = updaterPorts(settings(changes), (line) => said.push(line));
      return update(wish, { ...usual, ...ports });
    },
    said,
  };
  scene.offer('1.1.0');
  return scene;
}
