import { useEffect, useRef, useState } from 'preact/hooks';
import { type ApiFailure, asFailure } from '../../api/failure.ts';
import type { PanelState } from './address.ts';
import { askGraph, askTable, type GraphAnswer, gridOfPanel, type TableAnswer } from './answer.ts';
import { thresholdOf } from './threshold.ts';

/** What is known of what a panel asks. */
export interface Answered {
  /** Of which expression it is. */
  readonly expr: string;
  readonly table?: TableAnswer;
  readonly graph?: GraphAnswer;
  readonly failure?: ApiFailure;
  readonly isLoading: boolean;
  readonly isCancelled: boolean;
}

const NOTHING: Answered = { expr: '', isLoading: false, isCancelled: false };

/**
 * Asks what a panel says whenever it changes, and each time `runs` does. A table of an expression that compares with a
 * number comes with a graph of how it got there, after it.
 */
export function useAnswer(
  panel: PanelState,
  runs: number,
): readonly [Answered, cancel: () => void] {
  const { expr, tab, rangeMs, endMs, stepMs } = panel;
  const [answered, setAnswered] = useState<Answered>(NOTHING);
  const underWay = useRef<AbortController>();
  useEffect(() => {
    const query = expr.trim();
    if (query === '') return setAnswered(NOTHING);
    const { signal } = startAnew(underWay);
    const put = (more: Partial<Answered>) =>
      setAnswered(({ failure: _, ...before }) => ({ ...before, isCancelled: false, ...more }));
    setAnswered((before) => ({
      // What another expression gave would be taken for this one's.
      ...(before.expr === query ? before : NOTHING),
      ...{ expr: query, isLoading: true, isCancelled: false },
    }));
    const run = async () => {
      try {
        if (tab === 'table') {
          const table = await askTable(query, endMs ?? Date.now(), signal);
          const hasWay = table.type === 'vector' && thresholdOf(query) !== undefined;
          put({ table, isLoading: hasWay });
          if (!hasWay) return;
        }
        const graph = await askGraph(query, gridOfPanel(panel, Date.now()), signal);
        put({ graph, isLoading: false });
      } catch (error) {
        if (signal.aborted) return;
        setAnswered({ ...NOTHING, expr: query, failure: asFailure(error) });
      }
    };
    void run();
    return () => underWay.current?.abort();
  }, [expr, tab, rangeMs, endMs, stepMs, runs]);
  const cancel = () => {
    underWay.current?.abort();
    setAnswered((before) => ({ ...before, isLoading: false, isCancelled: true }));
  };
  return [answered, cancel];
}

/** The question before it is no longer wanted. */
function startAnew(underWay: { current: AbortController | undefined }): AbortController {
  underWay.current?.abort();
  const made = new AbortController();
  underWay.current = made;
  return made;
}
