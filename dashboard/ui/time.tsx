import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { formatDuration } from '../format/duration.ts';
import { formatShortTime, formatTime, formatUtc } from '../format/time.ts';
import { messages, t } from '../i18n/language.ts';
import './time.css';
import { Tooltip } from './tooltip.tsx';

const TIMES = messages({
  ago: { en: (text: string) => `${text} ago`, zh: (text: string) => `${text}前` },
  ahead: { en: (text: string) => `in ${text}`, zh: (text: string) => `${text}后` },
  now: { en: 'just now', zh: '刚刚' },
});

interface TimeProps {
  readonly ms: number;
  /** How long ago, or when, rather than the time of day. */
  readonly relative?: boolean;
}

/** A moment in local time; in UTC, and to the second, on hover and on focus. */
export function Time({ ms, relative = false }: TimeProps): JSX.Element {
  const text = relative ? relativeText(ms, useNow()) : formatShortTime(ms, useNow());
  return <Moment ms={ms} text={text} />;
}

/** How long something has lasted: `3 h 20 min`; when it began, on hover and on focus. */
export function Since({ ms }: { readonly ms: number }): JSX.Element {
  return <Moment ms={ms} text={formatDuration(Math.max(0, useNow() - ms))} />;
}

/** The focus comes here: what is said on hover must be had by keyboard too. */
const REACHABLE = { tabIndex: 0 };

function Moment({ ms, text }: { readonly ms: number; readonly text: string }): JSX.Element {
  return (
    <Tooltip text={`${formatTime(ms)} · ${formatUtc(ms)}`}>
      <time class="time" dateTime={new Date(ms).toISOString()} {...REACHABLE}>
        {text}
      </time>
    </Tooltip>
  );
}

const NOW_MS = 10_000;

function relativeText(ms: number, nowMs: number): string {
  const sinceMs = nowMs - ms;
  if (Math.abs(sinceMs) < NOW_MS) return t(TIMES.now);
  const text = formatDuration(Math.abs(sinceMs));
  return sinceMs > 0 ? t(TIMES.ago, text) : t(TIMES.ahead, text);
}

const TICK_MS = 5_000;
const now = signal(Date.now());
let users = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** The time of now in ms, every 5 s anew: one clock for the whole page. */
export function useNow(): number {
  useEffect(() => {
    users += 1;
    timer ??= setInterval(() => {
      if (document.visibilityState !== 'hidden') now.value = Date.now();
    }, TICK_MS);
    if (Date.now() - now.peek() > TICK_MS) now.value = Date.now();
    return () => {
      users -= 1;
      if (users > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  }, []);
  return now.value;
}
