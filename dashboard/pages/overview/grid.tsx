import type { JSX } from 'preact';
import { memo } from 'preact/compat';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { FleetAlert } from '../../../core/answers/fleet.ts';
import { openAddress } from '../../app/router.ts';
import { t } from '../../i18n/language.ts';
import type { Group } from './arrange.ts';
import { Card, Cells, Head, type Look } from './card.tsx';
import { Details } from './details.tsx';
import {
  type Dimensions,
  firstFrom,
  heightOf,
  type Layout,
  layOut,
  type Move,
  moved,
  type Place,
  type Row,
  whereIs,
} from './layout.ts';
import { OVERVIEW } from './messages.ts';
import { useRowsInView, useWidth } from './use-viewport.ts';
import type { Vm } from './world.ts';

interface GridProps {
  readonly groups: readonly Group[];
  readonly look: Look;
  readonly dimensions: Dimensions;
  readonly alerts: readonly FleetAlert[];
}

/** All groups with their cells, of which those in view are drawn. */
export function Grid({ groups, look, dimensions, alerts }: GridProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const counts = useMemo(() => groups.map(({ vms }) => vms.length), [groups]);
  const layout = useMemo(() => layOut(counts, width, dimensions), [counts, width, dimensions]);
  const inView = useRowsInView(box, layout);
  const [focus, setFocus] = useFocusPlace(groups, counts);
  const [open, setOpen] = useState<Opened | undefined>(undefined);
  const pointer = useRef('mouse');
  const hover = useHover(setOpen);
  const wanted = useRef<Place | undefined>(undefined);
  // What a key leads to is drawn first, and has the focus then.
  useLayoutEffect(() => {
    if (wanted.current === undefined) return;
    const cell = cellAt(box.current, wanted.current);
    if (cell === null) return;
    wanted.current = undefined;
    cell.focus({ preventScroll: true });
  });
  const hasFocus = box.current?.contains(document.activeElement) === true;
  const tabStop = tabStopOf(
    layout,
    counts,
    inView,
    focus,
    hasFocus || wanted.current !== undefined,
  );
  const rows = rowsToDraw(layout, inView, tabStop);
  const opened = open && vmAt(groups, open.place);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && open !== undefined) {
      event.preventDefault();
      return setOpen(undefined);
    }
    const at = placeOf(event.target);
    const move = moveOf(event);
    if (at === undefined || move === undefined) return;
    event.preventDefault();
    const to = moved(layout, counts, at, move);
    setFocus(to);
    wanted.current = to;
    scrollTo(box.current, layout, to);
  };
  const onClick = (event: MouseEvent) => {
    const place = placeOf(event.target);
    const link = event.target instanceof Element && event.target.closest('a.overview-cell');
    const hasKey = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    if (place === undefined || !link || event.button !== 0 || hasKey) return;
    event.preventDefault();
    // Who reads with a screen reader has heard it all: their press, which has no pointer, opens the page.
    if (pointer.current === 'touch' && event.detail > 0)
      return setOpen({ place, isTouched: true, vm: vmAt(groups, place) });
    openAddress(link.getAttribute('href') ?? '');
  };

  return (
    <section
      ref={box}
      class={`overview-grid overview-size-${look.size}`}
      aria-label={t(OVERVIEW.fleet)}
      aria-describedby="overview-hint"
      style={{
        height: `${heightOf(layout)}px`,
        '--columns': layout.columns,
        '--cells': layout.perCardLine,
        '--line': layout.perLine,
        '--cell': `${dimensions.cellWidth}px`,
        '--cell-height': `${dimensions.cellHeight}px`,
        '--gap': `${dimensions.gap}px`,
        '--head': `${dimensions.head}px`,
      }}
      onKeyDown={onKeyDown}
      onClick={onClick}
      onPointerDown={(event) => {
        pointer.current = event.pointerType;
      }}
      onPointerOver={(event) => {
        if (event.pointerType === 'touch') return;
        const place = placeOf(event.target);
        if (place !== undefined) hover.over({ place, isTouched: false, vm: vmAt(groups, place) });
        else if (!isInDetails(event.target)) hover.out();
        else hover.stay();
      }}
      onPointerLeave={(event) => {
        if (event.pointerType !== 'touch') hover.out();
      }}
      onFocusIn={(event) => {
        const place = placeOf(event.target);
        if (place === undefined) return;
        setFocus(place);
        if (event.target instanceof Element && event.target.matches(':focus-visible'))
          setOpen({ place, isTouched: false, vm: vmAt(groups, place) });
      }}
      onFocusOut={(event) => {
        const to = event.relatedTarget;
        if (!(to instanceof Node) || !box.current?.contains(to)) hover.out();
      }}
    >
      <p id="overview-hint" class="visually-hidden">
        {t(OVERVIEW.fleetHint)}
      </p>
      {rows.map((index) => {
        const row = layout.rows[index];
        if (row === undefined) return null;
        const isHere = tabStop !== undefined && whereIs(layout, tabStop).row === index;
        return (
          <Line
            key={keyOf(row, groups)}
            topPx={layout.tops[index] ?? 0}
            {...{ row, groups, look }}
            tabStop={isHere ? tabStop : undefined}
          />
        );
      })}
      {open !== undefined && opened !== undefined && (
        <Popover
          box={box.current}
          open={open}
          key={opened.name}
          details={
            <Details
              {...{ look, alerts, isTouched: open.isTouched }}
              vm={opened}
              onClose={() => setOpen(undefined)}
            />
          }
        />
      )}
    </section>
  );
}

interface Opened {
  readonly place: Place;
  readonly isTouched: boolean;
  readonly vm: Vm | undefined;
}

function vmAt(groups: readonly Group[], { group, cell }: Place): Vm | undefined {
  return groups[group]?.vms[cell];
}

interface LineProps {
  readonly row: Row;
  readonly topPx: number;
  readonly groups: readonly Group[];
  readonly look: Look;
  readonly tabStop: Place | undefined;
}

const Line = memo(
  ({ row, topPx, groups, look, tabStop }: LineProps): JSX.Element => (
    <div
      class={`overview-row overview-row-${row.kind}`}
      style={{ transform: `translateY(${topPx}px)` }}
    >
      {row.kind === 'cards' ? (
        groups.slice(row.from, row.to).map((group, i) => {
          const index = row.from + i;
          const focusCell = tabStop?.group === index ? tabStop.cell : undefined;
          return <Card key={group.key} {...{ group, index, look, focusCell }} />;
        })
      ) : (
        <OwnLine {...{ row, groups, look, tabStop }} />
      )}
    </div>
  ),
  (before, after) =>
    before.topPx === after.topPx &&
    before.look === after.look &&
    before.tabStop?.group === after.tabStop?.group &&
    before.tabStop?.cell === after.tabStop?.cell &&
    sameRow(before.row, after.row) &&
    groupsOf(before).every((group, i) => group === groupsOf(after)[i]),
);

function OwnLine({ row, groups, look, tabStop }: Omit<LineProps, 'topPx'>): JSX.Element | null {
  const [group] = groupsOf({ row, groups });
  if (group === undefined || row.kind === 'cards') return null;
  if (row.kind === 'head') return <Head group={group} look={look} />;
  const { group: index, from, to } = row;
  return <Cells {...{ group, index, look, from, to }} focusCell={tabStop?.cell} />;
}

function groupsOf({ row, groups }: Pick<LineProps, 'row' | 'groups'>): readonly Group[] {
  if (row.kind === 'cards') return groups.slice(row.from, row.to);
  return groups.slice(row.group, row.group + 1);
}

function sameRow(a: Row, b: Row): boolean {
  if (a.kind === 'cards') return b.kind === 'cards' && a.from === b.from && a.to === b.to;
  if (a.kind === 'head') return b.kind === 'head' && a.group === b.group;
  return b.kind === 'cells' && a.group === b.group && a.from === b.from && a.to === b.to;
}

function keyOf(row: Row, groups: readonly Group[]): string {
  if (row.kind === 'cards') return `c${groups[row.from]?.key}`;
  const key = groups[row.group]?.key;
  return row.kind === 'head' ? `g${key}` : `l${row.from} ${key}`;
}

/** The cell that Tab leads to stays that VM's, wherever it stands after the next answer. */
function useFocusPlace(groups: readonly Group[], counts: readonly number[]) {
  const [focus, setFocus] = useState<Place | undefined>(undefined);
  const vm = useRef<Pick<Vm, 'host' | 'name'> | undefined>(undefined);
  const known = useRef(groups);
  let place = focus;
  if (known.current !== groups) {
    known.current = groups;
    const is = focus && vmAt(groups, focus);
    const wanted = vm.current;
    if (wanted !== undefined && (is?.name !== wanted.name || is.host !== wanted.host)) {
      place = findVm(groups, wanted) ?? firstFrom(counts, 0);
      setFocus(place);
    }
  }
  const remember = (to: Place) => {
    vm.current = vmAt(groups, to);
    setFocus(to);
  };
  return [place, remember] as const;
}

function findVm(
  groups: readonly Group[],
  { host, name }: Pick<Vm, 'host' | 'name'>,
): Place | undefined {
  for (const [group, { vms }] of groups.entries()) {
    const cell = vms.findIndex((vm) => vm.name === name && vm.host === host);
    if (cell >= 0) return { group, cell };
  }
  return undefined;
}

interface InView {
  readonly from: number;
  readonly to: number;
}

/** Where Tab leads: the cell one was at, if it is drawn; else the first that is. */
function tabStopOf(
  layout: Layout,
  counts: readonly number[],
  inView: InView,
  focus: Place | undefined,
  isThere: boolean,
): Place | undefined {
  if (focus !== undefined && focus.cell < (counts[focus.group] ?? 0)) {
    const { row } = whereIs(layout, focus);
    if (isThere || (row >= inView.from && row < inView.to)) return focus;
  }
  const first = layout.rows[inView.from];
  if (first === undefined) return undefined;
  if (first.kind === 'cells') return { group: first.group, cell: first.from };
  return firstFrom(counts, first.kind === 'cards' ? first.from : first.group);
}

/** Those in view, and the one with the focus, which would be lost with it. */
function rowsToDraw(layout: Layout, { from, to }: InView, tabStop: Place | undefined): number[] {
  const rows = Array.from({ length: to - from }, (_, i) => from + i);
  const own = tabStop && whereIs(layout, tabStop).row;
  if (own !== undefined && (own < from || own >= to)) rows.push(own);
  return rows;
}

const KEYS: Readonly<Record<string, Move>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  Home: 'groupFirst',
  End: 'groupLast',
};

function moveOf({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): Move | undefined {
  if (metaKey || altKey || shiftKey) return undefined;
  if (ctrlKey) return key === 'Home' ? 'first' : key === 'End' ? 'last' : undefined;
  return KEYS[key];
}

function placeOf(target: EventTarget | null): Place | undefined {
  const cell = target instanceof Element ? target.closest('a.overview-cell') : null;
  const cells = cell?.parentElement;
  if (!cell || !cells) return undefined;
  const number = (name: string) => Number(cells.getAttribute(name));
  return {
    group: number('data-group'),
    cell: number('data-from') + [...cells.children].indexOf(cell),
  };
}

function cellAt(box: HTMLElement | null, { group, cell }: Place): HTMLElement | null {
  const lines = box?.querySelectorAll<HTMLElement>(`[data-group="${group}"]`) ?? [];
  for (const line of lines) {
    const at = line.children[cell - Number(line.dataset['from'])];
    if (at instanceof HTMLElement) return at;
  }
  return null;
}

function isInDetails(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('.overview-details') !== null;
}

/** Above are the header, and on phones below the bar: a cell under them is not seen. */
const COVERED_PX = 72;

function scrollTo(box: HTMLElement | null, layout: Layout, place: Place): void {
  if (box === null) return;
  const { topPx, heightPx } = whereIs(layout, place);
  const top = box.getBoundingClientRect().top + topPx;
  const lowest = innerHeight - COVERED_PX - heightPx;
  if (top < COVERED_PX) scrollBy({ top: top - COVERED_PX, behavior: 'instant' });
  else if (top > lowest) scrollBy({ top: top - lowest, behavior: 'instant' });
}

const OPEN_AFTER_MS = 120;
const CLOSE_AFTER_MS = 200;

/** Opens once the pointer rests, and stays while it is on the way from the cell to what it opened. */
function useHover(setOpen: (open: Opened | undefined) => void) {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const later = (waitMs: number, open: Opened | undefined) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setOpen(open), waitMs);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  return {
    over: (open: Opened) => later(OPEN_AFTER_MS, open),
    out: () => later(CLOSE_AFTER_MS, undefined),
    stay: () => clearTimeout(timer.current),
  };
}

interface PopoverProps {
  readonly box: HTMLElement | null;
  readonly open: Opened;
  readonly details: JSX.Element;
}

const AWAY_PX = 6;

/** Beside its cell, within the window; on phones at the lower edge. */
function Popover({ box, open, details }: PopoverProps): JSX.Element {
  const self = useRef<HTMLDivElement>(null);
  const { group, cell } = open.place;
  useLayoutEffect(() => {
    const anchor = cellAt(box, open.place)?.getBoundingClientRect();
    const area = box?.getBoundingClientRect();
    const element = self.current;
    if (anchor === undefined || area === undefined || element === null) return;
    const { width, height } = element.getBoundingClientRect();
    const left = Math.min(Math.max(anchor.left, 8), document.body.clientWidth - width - 8);
    const isAbove = anchor.bottom + height + AWAY_PX > innerHeight - 8 && anchor.top > height + 60;
    const top = isAbove ? anchor.top - height - AWAY_PX : anchor.bottom + AWAY_PX;
    element.style.setProperty('--left', `${left - area.left}px`);
    element.style.setProperty('--top', `${top - area.top}px`);
  }, [group, cell, open.isTouched]);
  const classes = open.isTouched ? 'overview-details overview-details-touched' : 'overview-details';
  return (
    <section ref={self} class={classes} aria-label={open.vm?.name}>
      {details}
    </section>
  );
}
