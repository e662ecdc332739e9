import { describe, expect, it } from 'vitest';
import { createContainersCollector } from '../../../agent/collectors/containers.ts';
import { collect } from '../fixture-host.ts';
import { type HostTree, hostTree } from '../host-tree.ts';

const WEB = '0123456789ab'.padEnd(64, '0');
const DB = 'ba9876543210'.padEnd(64, '0');
const V2 = 'sys/fs/cgroup';

/** The files of a group as cgroup v2 has them. */
function groupV2(path: string, changes: Readonly<Record<string, string>> = {}) {
  const files: Readonly<Record<string, string>> = {
    'cpu.stat':
      'usage_usec 5000000\nuser_usec 4000000\nsystem_usec 1000000\nnr_periods 100\nnr_throttled 10\nthrottled_usec 7000\n',
    'cpu.max': '50000 100000\n',
    'memory.current': '104857600\n',
    'memory.max': '209715200\n',
    'memory.stat': 'anon 52428800\nfile 52428800\ninactive_file 31457280\nactive_file 20971520\n',
    'memory.events': 'low 0\nhigh 0\nmax 3\noom 0\noom_kill 0\noom_group_kill 0\n',
    'io.stat':
      '8:0 rbytes=4096000 wbytes=8192000 rios=10 wios=20 dbytes=0 dios=0\n259:0 rbytes=1000 wbytes=0 rios=1 wios=0 dbytes=0 dios=0\n',
    'pids.current': '7\n',
    ...changes,
  };
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [`${V2}/${path}/${name}`, content]),
  );
}

function hostV2(...paths: readonly string[]): HostTree {
  const tree = hostTree({ [`${V2}/cgroup.controllers`]: 'cpu io memory pids\n' });
  for (const path of paths) tree.write(groupV2(path));
  return tree;
}

function collectorOf({ files, monotonicMs }: HostTree) {
  return createContainersCollector({ files, watches: [], monotonicMs, cpuCount: 4 });
}

describe('the containers collector', () => {
  it('gives what a container uses of its limits', async () => {
    const path = `system.slice/docker-${WEB}.scope`;
    const host = hostV2(path);
    const containers = collectorOf(host);
    await collect(containers);
    host.advance(10_000);
    host.write(
      groupV2(path, {
        'cpu.stat': 'usage_usec 7500000\nnr_periods 200\nnr_throttled 60\n',
        'io.stat':
          '8:0 rbytes=4198400 wbytes=8192000 rios=11 wios=20\n259:0 rbytes=1000 wbytes=0\n',
        'memory.events': 'low 0\noom_kill 2\n',
      }),
    );
    expect(await collect(containers)).toEqual({
      'container_up{0123456789ab,0123456789ab}': 1,
      'container_info{0123456789ab,0123456789ab,,docker}': 1,
      // 2.5 s of the 5 s that half a CPU has in 10 s.
      'container_cpu_usage_percent{0123456789ab,0123456789ab}': 50,
      'container_cpu_throttled_percent{0123456789ab,0123456789ab}': 50,
      'container_memory_usage_percent{0123456789ab,0123456789ab}': 35,
      'container_memory_used_bytes{0123456789ab,0123456789ab}': 73_400_320,
      'container_memory_limit_bytes{0123456789ab,0123456789ab}': 209_715_200,
      'container_disk_read_bytes_per_second{0123456789ab,0123456789ab}': 10_240,
      'container_disk_write_bytes_per_second{0123456789ab,0123456789ab}': 0,
      'container_processes_count{0123456789ab,0123456789ab}': 7,
      'container_oom_kills_total{0123456789ab,0123456789ab}': 2,
    });
  });

  it('has no numbers about limits where there are none: all CPUs are its own', async () => {
    const path = `machine.slice/libpod-${WEB}.scope`;
    const host = hostV2(path);
    const unlimited = { 'cpu.max': 'max 100000\n', 'memory.max': 'max\n' };
    host.write(groupV2(path, unlimited));
    const containers = collectorOf(host);
    await collect(containers);
    host.advance(10_000);
    host.write(groupV2(path, { ...unlimited, 'cpu.stat': 'usage_usec 25000000\n' }));
    const numbers = await collect(containers);
    expect(numbers['container_cpu_usage_percent{0123456789ab,0123456789ab}']).toBe(50);
    expect(Object.keys(numbers).join()).not.toMatch(/throttled|limit|memory_usage/);
  });

  it('finds the containers of every runtime, and nothing else', async () => {
    const pod = 'kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod12.slice';
    const host = hostV2(
      `system.slice/docker-${WEB}.scope`,
      `machine.slice/libpod-conmon-${WEB}.scope`,
      `user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${DB}.scope`,
      `${pod}/cri-containerd-${'c'.repeat(64)}.scope`,
      `${pod}/crio-${'d'.repeat(64)}.scope`,
      `kubepods/besteffort/pod1234-5678/${'e'.repeat(64)}`,
      `docker/${'f'.repeat(64)}`,
      'lxc.payload.mail',
      'lxc/101',
      'system.slice/ssh.service',
      'machine.slice/machine-qemu\\x2d1\\x2dvm1.scope',
    );
    const numbers = await collect(collectorOf(host));
    const infos = Object.keys(numbers).filter((name) => name.startsWith('container_info'));
    expect(infos.sort()).toEqual([
      'container_info{0123456789ab,0123456789ab,,docker}',
      'container_info{101,101,,lxc}',
      'container_info{ba9876543210,ba9876543210,,podman}',
      'container_info{cccccccccccc,cccccccccccc,,containerd}',
      'container_info{dddddddddddd,dddddddddddd,,cri-o}',
      'container_info{eeeeeeeeeeee,eeeeeeeeeeee,,kubernetes}',
      'container_info{ffffffffffff,ffffffffffff,,docker}',
      'container_info{mail,mail,,lxc}',
    ]);
  });

  it('drops a container that ended, and begins anew with one of the same name', async () => {
    const path = 'lxc.payload.mail';
    const host = hostV2(path);
    const containers = collectorOf(host);
    await collect(containers);
    host.remove(`${V2}/${path}`);
    host.advance(10_000);
    expect(await collect(containers)).toEqual({});
    host.write(groupV2(path, { 'cpu.stat': 'usage_usec 99000000\n' }));
    host.advance(10_000);
    expect(await collect(containers)).not.toHaveProperty('container_cpu_usage_percent{mail,mail}');
  });

  it('reads the hierarchies of cgroup v1', async () => {
    const path = `docker/${WEB}`;
    const files = (cpuNs: number, throttled: number) => ({
      [`${V2}/cpuacct/${path}/cpuacct.usage`]: `${cpuNs}\n`,
      [`${V2}/cpu/${path}/cpu.cfs_quota_us`]: '100000\n',
      [`${V2}/cpu/${path}/cpu.cfs_period_us`]: '100000\n',
      [`${V2}/cpu/${path}/cpu.stat`]: `nr_periods ${throttled * 4}\nnr_throttled ${throttled}\nthrottled_time 1\n`,
      [`${V2}/memory/${path}/memory.usage_in_bytes`]: '20971520\n',
      [`${V2}/memory/${path}/memory.stat`]: 'inactive_file 1\ntotal_inactive_file 10485760\n',
      [`${V2}/memory/${path}/memory.limit_in_bytes`]: '9223372036854771712\n',
      [`${V2}/memory/${path}/memory.oom_control`]: 'oom_kill_disable 0\nunder_oom 0\noom_kill 1\n',
      [`${V2}/blkio/${path}/blkio.throttle.io_service_bytes_recursive`]: `8:0 Read ${cpuNs / 1e6}\n8:0 Write 0\n8:0 Sync 0\n8:0 Total 9\nTotal 9\n`,
      [`${V2}/pids/${path}/pids.current`]: '3\n',
    });
    const host = hostTree(files(1e9, 10));
    const containers = collectorOf(host);
    await collect(containers);
    host.advance(10_000);
    host.write(files(6e9, 35));
    expect(await collect(containers)).toMatchObject({
      'container_cpu_usage_percent{0123456789ab,0123456789ab}': 50,
      'container_cpu_throttled_percent{0123456789ab,0123456789ab}': 25,
      'container_memory_used_bytes{0123456789ab,0123456789ab}': 10_485_760,
      'container_disk_read_bytes_per_second{0123456789ab,0123456789ab}': 500,
      'container_oom_kills_total{0123456789ab,0123456789ab}': 1,
      'container_processes_count{0123456789ab,0123456789ab}': 3,
    });
    expect(await collect(containers)).not.toHaveProperty(
      'container_memory_limit_bytes{0123456789ab,0123456789ab}',
    );
  });

  it('is absent where no container has run, and says so', async () => {
    const none = collectorOf(hostV2());
    expect(await none.collect({ nowMs: 1, withinMs: 1 })).toBe('absent');
    expect((await none.check()).status).toBe('absent');
    expect((await collectorOf(hostTree()).check()).status).toBe('absent');
    const one = collectorOf(hostV2(`system.slice/docker-${WEB}.scope`));
    expect(await one.check()).toEqual({
      status: 'ok',
      sees: '1 running container of docker, cgroup v2',
    });
  });
});
