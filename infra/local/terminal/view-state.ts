import type { Notification } from '../../../core/alertmanager/notification-types.ts';
import type { MachineView, VmView } from './latest.ts';

/** What the live view shows. Plain data: a frame is a pure function of it. */
export interface ViewState {
  readonly url: string;
  readonly dataPath: string;
  /** What is evaluated: `21 rules in rules`. */
  readonly rules: string;
  /** What pages and queries ask for; absent where it is not to be seen. */
  readonly token?: string;
  readonly mailTo?: string;
  readonly hosts: ReadonlyMap<string, HostView>;
  readonly alerts: readonly AlertView[];
  /** The newest last; at most MAX_MESSAGES. */
  readonly messages: readonly MessageView[];
  /** What is wrong just now, by where it is wrong. */
  readonly problems: ReadonlyMap<string, string>;
  /** What the agent of this machine said last. */
  readonly agentLine?: { readonly atMs: number; readonly text: string };
  readonly lastTick?: { readonly atMs: number; readonly tookMs: number };
}

export interface HostView extends MachineView {
  readonly host: string;
  /** As the evaluator sees it; absent before its first tick. */
  readonly up?: boolean;
  readonly vms: readonly VmView[];
}

export interface AlertView {
  readonly state: 'firing' | 'pending';
  readonly name: string;
  readonly severity: string;
  /** What it is about: the summary, or the labels where there is none. */
  readonly about: string;
  readonly sinceMs: number;
}

export interface MessageView {
  readonly atMs: number;
  readonly status: Notification['status'] | undefined;
  readonly subject: string;
  /** The text an email has. */
  readonly text: string;
}

/** The view has room for fewer. */
const MAX_MESSAGES = 20;

export function withMessage(state: ViewState, message: MessageView): ViewState {
  return { ...state, messages: [...state.messages, message].slice(-MAX_MESSAGES) };
}

/** Sets what is wrong at a place, or that nothing is any more (`undefined`). */
export function withProblem(
  state: ViewState,
  where: string,
  problem: string | undefined,
): ViewState {
  if (state.problems.get(where) === problem) return state;
  const problems = new Map(state.problems);
  if (problem === undefined) problems.delete(where);
  else problems.set(where, problem);
  return { ...state, problems };
}

export function withHost(state: ViewState, host: HostView): ViewState {
  const hosts = new Map(state.hosts);
  const up = host.up ?? hosts.get(host.host)?.up;
  hosts.set(host.host, up === undefined ? host : { ...host, up });
  return { ...state, hosts };
}
