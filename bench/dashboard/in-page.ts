/** What runs in the page, as texts: this program itself has no document. */

export interface Seen {
  /** First paint with something in it, ms since the start. */
  readonly paintMs: number;
  /** When the first cells were there, and when they led to their VMs. */
  readonly cellsMs: number;
  readonly linksMs: number;
  /** What held the page up for more than 50 ms. */
  readonly longMs: readonly number[];
  /** How much moved by itself, as browsers reckon it: under 0.1 is good. */
  readonly shift: number;
}

/** How long each frame of a scroll took. */
export interface Frames {
  readonly frameMs: readonly number[];
}

/** Keeps a token, and notes from the start on what `Seen` has. */
export function watchScript(token: string): string {
  return `
    sessionStorage.setItem('hypervigil.token', ${JSON.stringify(token)});
    window.seen = { longMs: [], shift: 0 };
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.longMs.push(duration);
    }).observe({ type: 'longtask', buffered: true });
    new PerformanceObserver((list) => {
      for (const { value } of list.getEntries()) seen.shift += value;
    }).observe({ type: 'layout-shift', buffered: true });
    const look = () => {
      if (seen.cellsMs === undefined && document.querySelector('.overview-cell') !== null)
        seen.cellsMs = performance.now();
      if (document.querySelector('.overview-cell[href*="uuid="]') !== null)
        seen.linksMs = performance.now();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);`;
}

/** A cell that leads to its VM. */
export const IS_READY = '.overview-cell[href*="uuid="]';

export const SEEN = `({
  ...seen,
  longMs: [...seen.longMs],
  paintMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
})`;

/** Scrolls for so long, some pixels with each frame, from the end on from the beginning. */
export function scrollScript(forMs: number, pxPerFrame: number): string {
  return `new Promise((resolve) => {
    const frameMs = [];
    let last = performance.now();
    const untilMs = last + ${forMs};
    const step = (now) => {
      frameMs.push(now - last);
      last = now;
      scrollBy({ top: ${pxPerFrame}, behavior: 'instant' });
      if (scrollY + innerHeight >= document.documentElement.scrollHeight - 1) scrollTo(0, 0);
      if (now < untilMs) requestAnimationFrame(step);
      else resolve({ frameMs: frameMs.slice(2) });
    };
    requestAnimationFrame(step);
  })`;
}

/** Goes to the top, and notes from then on which elements change. */
export const NOTE_CHANGES = `
  scrollTo(0, 0);
  window.changed = new Set();
  new MutationObserver((records) => {
    for (const { target } of records) changed.add(target);
  }).observe(document.querySelector('.overview-grid'), {
    subtree: true, childList: true, attributes: true, characterData: true,
  });`;

export const COUNT_CHANGES = 'changed.size';
