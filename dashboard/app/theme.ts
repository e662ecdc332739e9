import { effect, signal } from '@preact/signals';
import { readSetting, writeSetting } from './settings.ts';

/** `system`: as the device is set. */
export type Theme = 'system' | 'light' | 'dark';

export const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

const KEY = 'theme';

function firstTheme(): Theme {
  const chosen = readSetting(KEY);
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system';
}

export const theme = signal<Theme>(firstTheme());

/** Chooses colours, for this device. */
export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  writeSetting(KEY, chosen === 'system' ? undefined : chosen);
}

const systemIsDark = globalThis.matchMedia?.('(prefers-color-scheme: dark)');
const systemDark = signal(systemIsDark?.matches === true);
systemIsDark?.addEventListener('change', ({ matches }) => {
  systemDark.value = matches;
});

function isDark(): boolean {
  return theme.value === 'system' ? systemDark.value : theme.value === 'dark';
}

/** Keeps the document's colours as chosen. */
export function applyTheme(): void {
  effect(() => {
    document.documentElement.dataset['theme'] = isDark() ? 'dark' : 'light';
  });
}
