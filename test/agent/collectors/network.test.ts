import { describe, expect, it } from 'vitest';
import { createNetworkCollector } from '../../../agent/collectors/network.ts';
import { collect, type FixtureHost, fixtureHost } from '../fixture-host.ts';

const ENO1 = '  eno1:1000000 1000 1 2 0 0 0 0 2000000 2000 3 4 0 0 0 0';

function networkOf(host: FixtureHost) {
  return createNetworkCollector(host.files, host.monotonicMs);
}

describe('the network collector', () => {
  it('gives rates, and how full the link is where its speed is known', async () => {
    const host = fixtureHost('proxmox-8');
    const network = networkOf(host);
    expect(await collect(network)).toEqual({});
    host.advance(10_000);
    host.edit(
      'proc/1/net/dev',
      ENO1,
      '  eno1:1251000000 101000 11 22 0 0 0 0 6252000000 202000 33 44 0 0 0 0',
    );
    expect(await collect(network)).toMatchObject({
      'host_network_receive_bytes_per_second{eno1}': 125_000_000,
      'host_network_transmit_bytes_per_second{eno1}': 625_000_000,
      'host_network_receive_packets_per_second{eno1}': 10_000,
      'host_network_transmit_packets_per_second{eno1}': 20_000,
      'host_network_receive_errors_per_second{eno1}': 1,
      'host_network_transmit_errors_per_second{eno1}': 3,
      'host_network_receive_drops_per_second{eno1}': 2,
      'host_network_transmit_drops_per_second{eno1}': 4,
      'host_network_receive_usage_percent{eno1}': 10,
      'host_network_transmit_usage_percent{eno1}': 50,
    });
  });

  it('measures ports, and not what repeats them: bridges, bonds, cables of VMs and containers', async () => {
    const host = fixtureHost('proxmox-8');
    expect((await networkOf(host).check()).sees).toBe(
      'eno1 (10000 Mbit/s), eno2 (1000 Mbit/s), wg0 (speed unknown)',
    );
  });

  it('knows no usage of a link that does not tell its speed (-1)', async () => {
    const host = fixtureHost('debian-12');
    const network = networkOf(host);
    await collect(network);
    host.advance(10_000);
    const names = Object.keys(await collect(network));
    expect(names).toHaveLength(8);
    expect(names.every((name) => name.endsWith('{eth0}'))).toBe(true);
  });

  it('gives nothing where a counter went back', async () => {
    const host = fixtureHost('proxmox-8');
    const network = networkOf(host);
    await collect(network);
    host.advance(10_000);
    host.edit('proc/1/net/dev', ENO1, '  eno1: 500 1000 1 2 0 0 0 0 2000000 2000 3 4 0 0 0 0');
    const numbers = await collect(network);
    expect(numbers).not.toHaveProperty('host_network_receive_bytes_per_second{eno1}');
    expect(numbers).toHaveProperty('host_network_transmit_bytes_per_second{eno1}', 0);
  });

  it('drops an interface that is gone', async () => {
    const host = fixtureHost('proxmox-8');
    const network = networkOf(host);
    await collect(network);
    host.edit('proc/1/net/dev', `${ENO1}\n`, '');
    host.advance(10_000);
    expect(Object.keys(await collect(network)).some((name) => name.includes('eno1'))).toBe(false);
  });
});
