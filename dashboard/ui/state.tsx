import type { JSX } from 'preact';
import type { Severity as SeverityName } from '../../core/alerting/severity.ts';
import type { HostViewState, VmViewState } from '../../core/inventory/view-states.ts';
import { messages, t } from '../i18n/language.ts';
import './state.css';

/** How bad it is, or whether it says nothing. */
export type Tone = 'good' | 'info' | 'warning' | 'critical' | 'quiet';

export const HOST_STATES = messages({
  up: { en: 'up', zh: '在线' },
  silent: { en: 'not heard', zh: '失联' },
  stopped: { en: 'agent stopped', zh: '代理已停止' },
  shutdown: { en: 'shut down', zh: '已关机' },
  maintenance: { en: 'maintenance', zh: '维护中' },
  gone: { en: 'gone', zh: '已移除' },
}) satisfies Record<HostViewState, unknown>;

export const VM_STATES = messages({
  running: { en: 'running', zh: '运行中' },
  suspended: { en: 'suspended', zh: '已休眠' },
  leaving: { en: 'shutting down', zh: '正在关机' },
  busy: { en: 'busy', zh: '处理中' },
  paused: { en: 'paused', zh: '已暂停' },
  ioerror: { en: 'disk error', zh: '磁盘错误' },
  hung: { en: 'hung', zh: '无响应' },
  panicked: { en: 'panicked', zh: '内核崩溃' },
  crashed: { en: 'crashed', zh: '已崩溃' },
  failed: { en: 'failed', zh: '故障' },
  off: { en: 'off', zh: '已关机' },
  unknown: { en: 'unknown', zh: '未知' },
  gone: { en: 'gone', zh: '已移除' },
}) satisfies Record<VmViewState, unknown>;

const SEVERITIES = messages({
  critical: { en: 'critical', zh: '严重' },
  warning: { en: 'warning', zh: '警告' },
  info: { en: 'info', zh: '提示' },
});

const HOST_TONES: Readonly<Record<HostViewState, Tone>> = {
  up: 'good',
  silent: 'critical',
  stopped: 'warning',
  shutdown: 'quiet',
  maintenance: 'info',
  gone: 'quiet',
};

const VM_TONES: Readonly<Record<VmViewState, Tone>> = {
  running: 'good',
  suspended: 'quiet',
  leaving: 'info',
  busy: 'info',
  paused: 'warning',
  ioerror: 'critical',
  hung: 'critical',
  panicked: 'critical',
  crashed: 'critical',
  failed: 'critical',
  off: 'quiet',
  unknown: 'warning',
  gone: 'quiet',
};

/** How bad a host's state is. */
export function hostTone(state: HostViewState): Tone {
  return HOST_TONES[state];
}

/** How bad a VM's state is. */
export function vmTone(state: VmViewState): Tone {
  return VM_TONES[state];
}

/** Paths on a grid of 12: each tone has a shape of its own, for whoever doesn't tell the colours apart. */
const SHAPES: Readonly<Record<Tone, string>> = {
  good: 'M6 1.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9z',
  info: 'M1.5 1.5h9v9h-9z',
  warning: 'M6 1l5.2 9.5H.8z',
  critical: 'M6 .3L11.7 6 6 11.7.3 6z',
  quiet: 'M6 1.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM6 3.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z',
};

interface ShapeProps {
  readonly tone: Tone;
  readonly size?: number;
}

/** The tone's shape in its colour: a full circle, a square, a triangle, a diamond, a ring. */
export function ToneShape({ tone, size = 10 }: ShapeProps): JSX.Element {
  return (
    <svg
      class={`tone-shape tone-${tone}`}
      width={size}
      height={size}
      viewBox="0 0 12 12"
      aria-hidden="true"
    >
      <path d={SHAPES[tone]} fill="currentColor" fill-rule="evenodd" />
    </svg>
  );
}

interface StateProps {
  readonly tone: Tone;
  readonly text: string;
}

/** Any state: its shape, and the word for it. */
export function State({ tone, text }: StateProps): JSX.Element {
  return (
    <span class={`state state-${tone}`}>
      <ToneShape tone={tone} />
      {text}
    </span>
  );
}

export function HostState({ state }: { readonly state: HostViewState }): JSX.Element {
  return <State tone={HOST_TONES[state]} text={t(HOST_STATES[state])} />;
}

export function VmState({ state }: { readonly state: VmViewState }): JSX.Element {
  return <State tone={VM_TONES[state]} text={t(VM_STATES[state])} />;
}

/** The label `severity` of an alert; rules may say anything there, and that is shown as it is. */
export function Severity({ severity }: { readonly severity: string }): JSX.Element {
  if (!isSeverity(severity)) return <State tone="quiet" text={severity} />;
  return <State tone={severity} text={t(SEVERITIES[severity])} />;
}

function isSeverity(text: string): text is SeverityName {
  return Object.hasOwn(SEVERITIES, text);
}
