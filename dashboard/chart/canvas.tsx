import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Cursor } from './cursor.ts';
import type { Drawing, Drawn } from './draw.ts';
import { bounded, type TimeSpan } from './range.ts';

interface CanvasProps {
  readonly drawn: Drawn;
  readonly cursor: Cursor;
  /** CSS pixels. */
  readonly height: number;
  readonly onZoom?: (span: TimeSpan) => void;
  readonly onZoomOut?: () => void;
}

/** Where a chart is drawn. Its place is kept while the code for it is loaded. */
export function Canvas(props: CanvasProps): JSX.Element {
  const { drawn, cursor, height } = props;
  const root = useRef<HTMLDivElement>(null);
  const drawing = useRef<Drawing>();
  const newest = useRef(props);
  newest.current = props;
  const canZoom = props.onZoom !== undefined;

  useEffect(() => {
    const element = root.current;
    if (element === null) return;
    let isGone = false;
    const undo: (() => void)[] = [];
    void import('./draw.ts').then(({ draw }) => {
      if (isGone) return;
      const made = draw(element, newest.current.drawn, {
        onCursor: (atMs) => {
          cursor.value = atMs;
        },
        onZoom: canZoom
          ? (fromMs, toMs) => newest.current.onZoom?.(bounded({ fromMs, toMs }))
          : undefined,
        onZoomOut: () => newest.current.onZoomOut?.(),
      });
      drawing.current = made;
      undo.push(
        () => made.destroy(),
        cursor.subscribe((atMs) => made.setCursor(atMs)),
        onResize(element, () => made.resize(element.clientWidth, element.clientHeight)),
        onTheme(() => made.redraw()),
      );
    });
    return () => {
      isGone = true;
      drawing.current = undefined;
      for (const step of undo.reverse()) step();
    };
  }, [cursor, canZoom]);

  useEffect(() => {
    drawing.current?.update(drawn);
    // It may have moved under the cursor.
    drawing.current?.setCursor(cursor.peek());
  }, [drawn]);

  return (
    <div
      class="chart-canvas"
      ref={(element) => {
        root.current = element;
        if (element !== null) element.style.height = `${height}px`;
      }}
    />
  );
}

function onResize(element: HTMLElement, changed: () => void): () => void {
  const observer = new ResizeObserver(changed);
  observer.observe(element);
  return () => observer.disconnect();
}

/** Calls when colours have changed: the page's theme, or that of the system. */
function onTheme(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true });
  const dark = matchMedia('(prefers-color-scheme: dark)');
  dark.addEventListener('change', changed);
  return () => {
    observer.disconnect();
    dark.removeEventListener('change', changed);
  };
}
