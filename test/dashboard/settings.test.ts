import { afterEach, expect, test, vi } from 'vitest';
import { forgetPerson, readSetting, writeSetting } from '../../dashboard/app/settings.ts';
import { readDraft, writeDraft } from '../../dashboard/pages/rules/drafts.ts';

/** What a browser keeps, as `Storage` has it. */
function storage(): Storage {
  const kept = new Map<string, string>();
  return {
    get length() {
      return kept.size;
    },
    key: (i) => [...kept.keys()][i] ?? null,
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
    clear: () => kept.clear(),
  };
}

afterEach(() => {
  vi.unstubAllGlobals();
});

test('who signs out leaves nothing behind but how this device shows things', () => {
  vi.stubGlobal('localStorage', storage());
  vi.stubGlobal('sessionStorage', storage());
  writeSetting('theme', 'dark');
  writeSetting('token', 'hvt_x');
  writeSetting('queries', '["up"]');
  localStorage.setItem('another.page', 'stays');
  writeDraft('a.rules.yaml', { text: 'groups: []', basedOn: 1 });
  forgetPerson();
  expect([readSetting('theme'), readSetting('token'), readSetting('queries')]).toEqual([
    'dark',
    undefined,
    undefined,
  ]);
  expect(readDraft('a.rules.yaml')).toBeUndefined();
  expect(localStorage.getItem('another.page')).toBe('stays');
});

test('a browser that keeps nothing has nothing to forget', () => {
  vi.stubGlobal('localStorage', undefined);
  vi.stubGlobal('sessionStorage', undefined);
  expect(forgetPerson).not.toThrow();
});
