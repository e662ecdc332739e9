import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { formatDuration } from '../format/duration.ts';
import { formatShortTime } from '../format/time.ts';
import { t } from '../i18n/language.ts';
import { Time } from '../ui/time.tsx';
import { sharedCursor } from './cursor.ts';
import { CHART, TIMELINE } from './messages.ts';
import type { TimeSpan } from './range.ts';
import './state-timeline.css';
import { tickTexts } from './tick-texts.ts';
import { timeTicks, within } from './timeline.ts';

/** How a segment looks: each has a pattern of its own, and its word. */
export type SegmentLook =
  | 'none'
  | 'good'
  | 'info'
  | 'warning'
  | 'critical'
  | 'quiet'
  | `c${number}`;

export interface TimelineSegment extends TimeSpan {
  readonly text: string;
  readonly look: SegmentLook;
  /** Only about to be so: hatched. */
  readonly isPending?: boolean;
  readonly link?: ComponentChildren;
}

/** A row of segments. */
export interface Lane {
  readonly label: string;
  readonly segments: readonly TimelineSegment[];
}

interface StateTimelineProps {
  readonly title: string;
  readonly lanes: readonly Lane[];
  readonly range: TimeSpan;
  readonly onZoom?: (span: TimeSpan) => void;
  /** The cursor of the charts with this key is shown here, too. */
  readonly syncKey?: string;
  readonly emptyText: string;
}

/** Narrower ones have no room for a word. */
const WORD_SHARE = 0.05;
const TICKS = 5;
const ROWS_MOST = 200;

/** What was so when: coloured segments over time in rows, and as a table. */
export function StateTimeline(props: StateTimelineProps): JSX.Element {
  const { title, range, lanes, emptyText } = props;
  const [isTable, setTable] = useState(false);
  const shown = lanes.map((lane) => ({ ...lane, segments: within(lane.segments, range) }));
  const isEmpty = shown.every(({ segments }) => segments.length === 0);
  return (
    <figure class="timeline">
      <figcaption class="visually-hidden">{title}</figcaption>
      {isEmpty ? (
        <p class="timeline-empty">{emptyText}</p>
      ) : (
        <>
          <div class="timeline-lanes">
            {shown.map((lane) => (
              <LaneRow key={lane.label} lane={lane} range={range} {...zoomOf(props)} />
            ))}
            {props.syncKey !== undefined && <CursorLine syncKey={props.syncKey} range={range} />}
          </div>
          <Ticks range={range} />
          <button
            type="button"
            class="chart-link"
            aria-expanded={isTable}
            onClick={() => setTable(!isTable)}
          >
            {t(isTable ? CHART.hideTable : CHART.showTable)}
          </button>
          {isTable && <TimelineTable title={title} lanes={lanes} range={range} />}
        </>
      )}
    </figure>
  );
}

function zoomOf({ onZoom }: StateTimelineProps) {
  return onZoom === undefined ? {} : { onZoom };
}

interface LaneRowProps {
  readonly lane: Lane;
  readonly range: TimeSpan;
  readonly onZoom?: (span: TimeSpan) => void;
}

function LaneRow({ lane, range, onZoom }: LaneRowProps): JSX.Element {
  const lengthMs = range.toMs - range.fromMs;
  return (
    <div class="timeline-lane">
      <span class="timeline-label" title={lane.label}>
        {lane.label}
      </span>
      <ol class="timeline-bar" aria-label={lane.label}>
        {lane.segments.map((segment) => {
          const share = (segment.toMs - segment.fromMs) / lengthMs;
          const pending = segment.isPending === true ? ' timeline-pending' : '';
          const said = spoken(segment);
          return (
            <li
              key={`${segment.fromMs} ${segment.text}`}
              class={`timeline-segment timeline-${segment.look}${pending}`}
              title={said}
              style={{
                left: `${((segment.fromMs - range.fromMs) / lengthMs) * 100}%`,
                width: `${share * 100}%`,
              }}
              onDblClick={() => onZoom?.({ fromMs: segment.fromMs, toMs: segment.toMs })}
            >
              <span class="visually-hidden">{said}</span>
              {share > WORD_SHARE && (
                <span class="timeline-word" aria-hidden="true">
                  {segment.text}
                </span>
              )}
            </li>
          );
        })}
      </ol>
    </div>
  );
}

function spoken({ text, fromMs, toMs }: TimelineSegment): string {
  const [from, to] = [formatShortTime(fromMs, toMs), formatShortTime(toMs, Date.now())];
  return t(TIMELINE.segment, text, from, to, formatDuration(toMs - fromMs));
}

function CursorLine({ syncKey, range }: { readonly syncKey: string; readonly range: TimeSpan }) {
  const atMs = sharedCursor(syncKey).value;
  if (atMs === undefined || atMs < range.fromMs || atMs > range.toMs) return null;
  const share = (atMs - range.fromMs) / (range.toMs - range.fromMs);
  return (
    <div class="timeline-over" aria-hidden="true">
      <div class="timeline-cursor" style={{ left: `${share * 100}%` }} />
    </div>
  );
}

function Ticks({ range }: { readonly range: TimeSpan }): JSX.Element {
  const { timesMs, stepMs } = timeTicks(range, TICKS, new Date().getTimezoneOffset());
  return (
    <div class="timeline-ticks" aria-hidden="true">
      {tickTexts(timesMs, stepMs).map((text, i) => {
        const share = ((timesMs[i] ?? 0) - range.fromMs) / (range.toMs - range.fromMs);
        return (
          <span key={String(timesMs[i])} style={{ left: `${share * 100}%` }}>
            {text}
          </span>
        );
      })}
    </div>
  );
}

interface TimelineTableProps {
  readonly title: string;
  readonly lanes: readonly Lane[];
  readonly range: TimeSpan;
}

/** What a timeline shows, the newest first, with the times as they are and not as they are cut off. */
function TimelineTable({ title, lanes, range }: TimelineTableProps): JSX.Element {
  const rows = lanes
    .flatMap(({ label, segments }) => segments.map((segment) => ({ ...segment, label })))
    .filter(({ fromMs, toMs }) => toMs > range.fromMs && fromMs < range.toMs)
    .sort((a, b) => b.fromMs - a.fromMs)
    .slice(0, ROWS_MOST);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard.
    <section class="chart-table-box" tabIndex={0} aria-label={title}>
      <table class="chart-table">
        <caption class="visually-hidden">{title}</caption>
        <thead>
          <tr>
            <th scope="col">{t(TIMELINE.from)}</th>
            <th scope="col">{t(TIMELINE.to)}</th>
            <th scope="col">{t(TIMELINE.lasted)}</th>
            <th scope="col">{t(TIMELINE.what)}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ fromMs, toMs, text, label, link }) => (
            <tr key={`${label} ${fromMs} ${text}`}>
              <th scope="row">
                <Time ms={fromMs} />
              </th>
              <td>
                <Time ms={toMs} />
              </td>
              <td>{formatDuration(toMs - fromMs)}</td>
              <td>
                {label}: {link ?? text}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
