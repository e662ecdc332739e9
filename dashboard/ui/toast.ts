import { signal } from '@preact/signals';
import type { Tone } from './state.tsx';

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: Tone;
}

/** Shown at this moment, the oldest first; the shell shows them and has them read out. */
export const toasts = signal<readonly Toast[]>([]);

const MOST = 4;
const STAYS_MS = 6_000;
/** What went wrong is read more slowly. */
const PROBLEM_STAYS_MS = 15_000;

let lastId = 0;

/** Says in a line what has been done, or why not: for what is not shown where it was asked for. */
export function toast(text: string, tone: Tone = 'good'): void {
  lastId += 1;
  const made: Toast = { id: lastId, text, tone };
  const others = toasts.value.filter((one) => one.text !== text);
  toasts.value = [...others, made].slice(-MOST);
  const staysMs = tone === 'critical' || tone === 'warning' ? PROBLEM_STAYS_MS : STAYS_MS;
  setTimeout(() => dismissToast(made.id), staysMs);
}

export function dismissToast(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}
