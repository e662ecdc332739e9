import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { heightOf, type Layout, rowsWithin } from './layout.ts';

/** Drawn beyond what is in view, so that a quick flick shows no gap; and near whose edge more is drawn. */
const BEYOND_PX = 700;
const NEAR_PX = 550;

/** How wide an element is; 0 until it is known, which is before anything is painted. */
export function useWidth(ref: RefObject<HTMLElement>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return width;
}

/** Does a media query hold? Followed while it is shown. */
export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const follow = () => setMatches(list.matches);
    follow();
    list.addEventListener('change', follow);
    return () => list.removeEventListener('change', follow);
  }, [query]);
  return matches;
}

interface Range {
  readonly fromPx: number;
  readonly toPx: number;
}

/**
 * The rows of an element that are in view or near it. Changes only when scrolling comes near the edge of what is
 * drawn: most frames of a scroll draw nothing anew.
 */
export function useRowsInView(ref: RefObject<HTMLElement>, layout: Layout) {
  const [range, setRange] = useState<Range>({ fromPx: 0, toPx: 0 });
  const height = heightOf(layout);
  useLayoutEffect(() => {
    let frame = 0;
    const look = () => {
      frame = 0;
      const element = ref.current;
      if (element === null) return;
      const fromPx = -element.getBoundingClientRect().top;
      const toPx = fromPx + innerHeight;
      setRange((known) => {
        const isInside =
          known.fromPx <= Math.max(0, fromPx - NEAR_PX) &&
          known.toPx >= Math.min(height, toPx + NEAR_PX);
        return isInside ? known : { fromPx: fromPx - BEYOND_PX, toPx: toPx + BEYOND_PX };
      });
    };
    const later = () => {
      if (frame === 0) frame = requestAnimationFrame(look);
    };
    look();
    addEventListener('scroll', later, { passive: true });
    addEventListener('resize', later);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener('scroll', later);
      removeEventListener('resize', later);
    };
  }, [height]);
  return rowsWithin(layout, range.fromPx, range.toPx);
}
