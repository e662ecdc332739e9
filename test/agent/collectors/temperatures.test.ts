import { describe, expect, it } from 'vitest';
import { createTemperaturesCollector } from '../../../agent/collectors/temperatures.ts';
import { collect } from '../fixture-host.ts';
import { hostTree } from '../host-tree.ts';

const HWMON = 'sys/class/hwmon';
const SERVER = {
  [`${HWMON}/hwmon0/name`]: 'coretemp\n',
  [`${HWMON}/hwmon0/temp1_input`]: '54000\n',
  [`${HWMON}/hwmon0/temp1_label`]: 'Package id 0\n',
  [`${HWMON}/hwmon0/temp1_crit`]: '100000\n',
  [`${HWMON}/hwmon0/temp10_input`]: '51000\n',
  [`${HWMON}/hwmon0/temp2_input`]: '52500\n',
  [`${HWMON}/hwmon0/temp2_label`]: 'Core 0\n',
  [`${HWMON}/hwmon1/name`]: 'coretemp\n',
  [`${HWMON}/hwmon1/temp1_input`]: '47000\n',
  [`${HWMON}/hwmon1/temp1_label`]: 'Package id 0\n',
  [`${HWMON}/hwmon2/name`]: 'nct6775\n',
  [`${HWMON}/hwmon2/temp1_input`]: '-273000\n',
  [`${HWMON}/hwmon2/temp2_input`]: '31000\n',
  [`${HWMON}/hwmon2/temp2_crit`]: '0\n',
  [`${HWMON}/hwmon2/fan1_input`]: '1200\n',
  'sys/class/thermal/thermal_zone0/type': 'x86_pkg_temp\n',
  'sys/class/thermal/thermal_zone0/temp': '54000\n',
};

describe('the temperatures collector', () => {
  it('gives each sensor by its chip, with the temperature that is too much', async () => {
    const host = hostTree(SERVER);
    const temperatures = createTemperaturesCollector(host.files, host.monotonicMs);
    expect(await collect(temperatures)).toEqual({
      'host_temperature_celsius{coretemp,Package id 0}': 54,
      'host_temperature_critical_celsius{coretemp,Package id 0}': 100,
      'host_temperature_celsius{coretemp,Core 0}': 52.5,
      'host_temperature_celsius{coretemp,temp10}': 51,
      'host_temperature_celsius{coretemp-2,Package id 0}': 47,
      // Not the one that is not wired, and no limit of 0.
      'host_temperature_celsius{nct6775,temp2}': 31,
    });
    expect((await temperatures.check()).sees).toBe(
      '5 temperatures; the highest is 54 °C of coretemp Package id 0',
    );
  });

  it('reads them again after half a minute, and drops a part that was pulled', async () => {
    const host = hostTree(SERVER);
    const temperatures = createTemperaturesCollector(host.files, host.monotonicMs);
    await collect(temperatures);
    host.write({ [`${HWMON}/hwmon0/temp1_input`]: '90000\n' });
    host.remove(`${HWMON}/hwmon1`);
    host.advance(10_000);
    const name = 'host_temperature_celsius{coretemp,Package id 0}';
    expect(await collect(temperatures)).toHaveProperty([name], 54);
    host.advance(20_000);
    const numbers = await collect(temperatures);
    expect(numbers).toHaveProperty([name], 90);
    expect(Object.keys(numbers).join()).not.toContain('coretemp-2');
  });

  it('reads the thermal zones of a board that has nothing else', async () => {
    const zone = 'sys/class/thermal/thermal_zone0';
    const host = hostTree({
      [`${zone}/type`]: 'cpu-thermal\n',
      [`${zone}/temp`]: '48312\n',
      [`${zone}/trip_point_0_type`]: 'passive\n',
      [`${zone}/trip_point_0_temp`]: '75000\n',
      [`${zone}/trip_point_1_type`]: 'critical\n',
      [`${zone}/trip_point_1_temp`]: '110000\n',
    });
    expect(await collect(createTemperaturesCollector(host.files, host.monotonicMs))).toEqual({
      'host_temperature_celsius{thermal,cpu-thermal}': 48.312,
      'host_temperature_critical_celsius{thermal,cpu-thermal}': 110,
    });
  });

  it('is absent in a virtual machine', async () => {
    const host = hostTree();
    const temperatures = createTemperaturesCollector(host.files, host.monotonicMs);
    expect(await temperatures.collect({ nowMs: 1, withinMs: 1 })).toBe('absent');
    expect((await temperatures.check()).status).toBe('absent');
  });
});
