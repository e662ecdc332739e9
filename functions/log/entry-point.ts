import { beginCall, type Log } from './log.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The part of Lambda's context that the log tells. */
interface Call {
  readonly awsRequestId: string;
}

/** Longer than a person waits gladly, and far above what any function usually takes. */
const SLOW_MS = 5000;

/**
 * Lambda's entry point: makes the function at its first call, and says in the log which call failed, with the
 * error's stack, and which one took long. A failure is thrown on, so that Lambda counts it and calls again.
 *
 * @param slowMs `Infinity` for what may take as long as it wants
 */
export function entryPoint<Event, Answer>(
  log: Log,
  create: (environment: Environment) => (event: Event) => Promise<Answer>,
  slowMs: number = SLOW_MS,
): (event: Event, call?: Call) => Promise<Answer> {
  let warm: ((event: Event) => Promise<Answer>) | undefined;
  return async (event, call) => {
    beginCall(call?.awsRequestId);
    const startedMs = performance.now();
    try {
      warm ??= create(process.env);
      const answer = await warm(event);
      const durationMs = Math.round(performance.now() - startedMs);
      const write = durationMs >= slowMs ? log.info : log.debug;
      write(durationMs >= slowMs ? 'slow' : 'call', { durationMs, ...pathOf(event) });
      return answer;
    } catch (error) {
      const durationMs = Math.round(performance.now() - startedMs);
      log.error('failed', { error, durationMs, ...pathOf(event) });
      throw error;
    }
  };
}

/** Without its query, which may have a secret of a sign-in. */
function pathOf(event: unknown): { path?: string } {
  if (typeof event !== 'object' || event === null || !('rawPath' in event)) return {};
  return typeof event.rawPath === 'string' ? { path: event.rawPath } : {};
}
