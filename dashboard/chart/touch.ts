import type Uplot from 'uplot';

interface TouchEvents {
  /** What the chart shows, ms since 1970. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly onZoom?: (fromMs: number, toMs: number) => void;
}

/** Less is the trembling of fingers. */
const PINCH_LEAST = 1.15;

/**
 * Fingers: one that is drawn sideways reads values (up and down scrolls the page), two zoom. uPlot knows mice only.
 * Gives what takes it away again.
 */
export function bindTouch(plot: Uplot, events: () => TouchEvents): () => void {
  const { over } = plot;
  const fingers = new Map<number, number>();
  let pinch: { readonly values: readonly [number, number]; readonly spread: number } | undefined;
  let view: readonly [number, number] | undefined;

  const positionOf = (event: PointerEvent) => event.clientX - over.getBoundingClientRect().left;
  const isFinger = (event: PointerEvent) => event.pointerType !== 'mouse';

  const read = (event: PointerEvent) => {
    const left = Math.min(Math.max(positionOf(event), 0), over.clientWidth - 1);
    plot.setCursor({ left, top: over.clientHeight / 2 });
  };

  const down = (event: PointerEvent) => {
    if (!isFinger(event)) return;
    fingers.set(event.pointerId, positionOf(event));
    if (fingers.size === 1) return read(event);
    const [a = 0, b = 0] = fingers.values();
    if (events().onZoom === undefined || fingers.size !== 2 || a === b) return;
    const values = [plot.posToVal(a, 'x'), plot.posToVal(b, 'x')] as const;
    pinch = { values, spread: Math.abs(a - b) };
  };

  const move = (event: PointerEvent) => {
    if (!isFinger(event) || !fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, positionOf(event));
    if (fingers.size === 1 && pinch === undefined) return read(event);
    if (pinch === undefined || fingers.size !== 2) return;
    const [a = 0, b = 0] = fingers.values();
    view = pinchedView(pinch.values, [a, b], over.clientWidth);
    if (view !== undefined) plot.setScale('x', { min: view[0], max: view[1] });
  };

  const up = (event: PointerEvent) => {
    if (!isFinger(event)) return;
    fingers.delete(event.pointerId);
    if (fingers.size > 0 || pinch === undefined) return;
    const { fromMs, toMs, onZoom } = events();
    const seen = view;
    pinch = undefined;
    view = undefined;
    if (seen === undefined) return;
    const factor = (toMs - fromMs) / (seen[1] - seen[0]);
    if (factor > PINCH_LEAST || factor < 1 / PINCH_LEAST) onZoom?.(seen[0], seen[1]);
    else plot.setScale('x', { min: fromMs, max: toMs });
  };

  // The page scrolls: nothing was read.
  const cancel = (event: PointerEvent) => {
    up(event);
    if (isFinger(event)) plot.setCursor({ left: -10, top: -10 });
  };

  const listeners = [
    ['pointerdown', down],
    ['pointermove', move],
    ['pointerup', up],
    ['pointercancel', cancel],
  ] as const;
  for (const [name, listener] of listeners) over.addEventListener(name, listener);
  return () => {
    for (const [name, listener] of listeners) over.removeEventListener(name, listener);
  };
}

/**
 * What is seen when the times that were under two fingers stay under them.
 *
 * @param values the times that were under them
 * @param at where they are now, CSS pixels from the left of the plot
 */
export function pinchedView(
  values: readonly [number, number],
  at: readonly [number, number],
  width: number,
): readonly [number, number] | undefined {
  const scale = (values[1] - values[0]) / (at[1] - at[0]);
  if (!Number.isFinite(scale) || scale <= 0) return undefined;
  const from = values[0] - at[0] * scale;
  return [from, from + width * scale];
}
