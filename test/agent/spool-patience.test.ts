import { describe, expect, test } from 'vitest';
import { patiently } from '../../agent/spool/patience.ts';

function failing(times: number, code: string) {
  let calls = 0;
  const action = async () => {
    calls += 1;
    if (calls <= times) throw Object.assign(new Error(code), { code });
    return calls;
  };
  return { action, calls: () => calls };
}

describe('a file that another program holds', () => {
  test('on Windows is tried again until that lets go of it', async () => {
    expect(await patiently(failing(3, 'EPERM').action, 'win32')).toBe(4);
    expect(await patiently(failing(1, 'EBUSY').action, 'win32')).toBe(2);
  });

  test('is not waited for where nobody holds files, nor for another reason', async () => {
    const onLinux = failing(1, 'EACCES');
    await expect(patiently(onLinux.action, 'linux')).rejects.toThrow('EACCES');
    expect(onLinux.calls()).toBe(1);
    await expect(patiently(failing(1, 'ENOSPC').action, 'win32')).rejects.toThrow('ENOSPC');
  });
});
