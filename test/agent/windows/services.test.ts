import { describe, expect, test } from 'vitest';
import { createWindowsServicesCollector } from '../../../agent/windows/services.ts';
import { collectSettled } from '../collectors/programs.ts';
import { fixtureWindows, Refusal } from './fake-powershell.ts';

function servicesOf(settings: { required?: string[]; ignored?: string[] }, replaced = {}) {
  const { powerShell } = fixtureWindows(replaced);
  const { required = [], ignored = [] } = settings;
  return createWindowsServicesCollector({ powerShell, monotonicMs: () => 0, required, ignored });
}

describe('services of Windows that should run', () => {
  test('are the automatic ones, but those started late, by a trigger, for a person, or never yet', async () => {
    const services = servicesOf({});
    expect(await collectSettled(services)).toEqual({
      'host_windows_service_down{MSSQLSERVER,failed}': 1,
      'host_windows_service_down{W32Time,inactive}': 1,
    });
    expect(await services.check()).toEqual({
      status: 'ok',
      sees: '11 services; down: MSSQLSERVER (failed), W32Time (inactive)',
    });
  });

  test('are also those somebody named, in whatever letters; ignored ones are not', async () => {
    const services = servicesOf({
      required: ['veeam', 'dhcp', 'OldDriver', 'Gone'],
      ignored: ['w32time', 'MSSQLSERVER'],
    });
    expect(await collectSettled(services)).toEqual({
      'host_windows_service_down{Veeam,inactive}': 1,
      'host_windows_service_down{OldDriver,inactive}': 1,
      'host_windows_service_down{Gone,missing}': 1,
    });
  });

  test('are unknown where they cannot be listed, which is said', async () => {
    const denied = new Refusal('AccessDenied', 'Zugriff verweigert');
    await expect(collectSettled(servicesOf({}, { Win32_Service: denied }))).rejects.toThrow(
      'Zugriff verweigert',
    );
  });
});
