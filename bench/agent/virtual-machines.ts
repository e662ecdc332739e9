import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FakeLibvirtd, type FakeVm } from '../../test/agent/libvirt/fake-libvirtd.ts';

const CAPTURES = new URL('../../test/agent/libvirt/fixtures/loaded.json', import.meta.url);
const SOCKET_FOLDER = '/run/libvirt';

type Fields = Readonly<Record<string, number | string>>;

interface Capture {
  readonly records: readonly { readonly params: Fields }[];
}

/** What is there for the agent to be measured with. */
export interface Surroundings {
  /** A command that makes a process see it, and goes on with the command after it. */
  readonly wrapper: readonly string[];
  stop(): Promise<void>;
}

/** No libvirt, whatever this machine has: a host is measured then. Only for root. */
export async function hideVirtualMachines(): Promise<Surroundings> {
  if (!existsSync(SOCKET_FOLDER) || process.getuid?.() !== 0)
    return { wrapper: [], stop: async () => undefined };
  const empty = mkdtempSync(join(tmpdir(), 'no-libvirt-'));
  return { wrapper: seeingAs(empty), stop: async () => rmdirSync(empty) };
}

/** Of the mounts that other processes see, nothing changes. */
function seeingAs(folder: string): string[] {
  const script = `mount --bind ${folder} ${SOCKET_FOLDER}; exec "$@"`;
  return ['unshare', '--mount', 'sh', '-ec', script, 'sh'];
}

/**
 * A libvirt with so many VMs, all at work: what a real one answered about a VM under load at two instants,
 * and from there on by the same steps. The agent finds it where the system's libvirt is. Needs root.
 */
export async function startVirtualMachines(
  count: number,
  intervalMs: number,
): Promise<Surroundings> {
  const [first, second] = readCaptures();
  let steps = 0;
  const vmsNow = () =>
    Array.from({ length: count }, (_, i) => vmAfter(i + 1, first, second, steps));
  const libvirtd = await FakeLibvirtd.start(vmsNow());
  const folder = dirname(libvirtd.path);
  symlinkSync('sock', join(folder, 'libvirt-sock-ro'));
  const timer = setInterval(() => {
    steps += 1;
    libvirtd.vms = vmsNow();
  }, intervalMs);
  const isOurs = !existsSync(SOCKET_FOLDER);
  if (isOurs) mkdirSync(SOCKET_FOLDER);
  return {
    wrapper: seeingAs(folder),
    async stop() {
      clearInterval(timer);
      await libvirtd.remove();
      if (isOurs) rmdirSync(SOCKET_FOLDER);
    },
  };
}

/** Of a VM with a disk, a network and a balloon, at two instants. */
function readCaptures(): readonly [Fields, Fields] {
  const [first, second]: Capture[] = JSON.parse(readFileSync(CAPTURES, 'utf8'));
  const before = first?.records[0]?.params;
  const after = second?.records[0]?.params;
  if (before === undefined || after === undefined) throw new Error(`${CAPTURES.pathname}: empty`);
  return [before, after];
}

function vmAfter(number: number, first: Fields, second: Fields, steps: number): FakeVm {
  const params = new Map<string, number | string>();
  for (const [field, from] of Object.entries(first)) {
    const to = second[field] ?? from;
    const isCounter = typeof from === 'number' && typeof to === 'number' && to > from;
    params.set(field, isCounter ? from + (to - from) * steps : from);
  }
  const uuid = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  return { record: { domain: { name: `vm${number}`, uuid, id: number }, params }, hung: false };
}
