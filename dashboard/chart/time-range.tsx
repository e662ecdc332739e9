import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { formatShortTime } from '../format/time.ts';
import { t } from '../i18n/language.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import {
  ChevronLeftIcon,
  ChevronRightIcon,
  MinusIcon,
  PauseIcon,
  PlayIcon,
  PlusIcon,
} from '../ui/icons.tsx';
import { TextField } from '../ui/text-field.tsx';
import { CHART, PRESET_TEXTS } from './messages.ts';
import { PRESET_NAMES, type TimeSpan } from './range.ts';
import './time-range.css';
import type { TimeRange } from './use-time-range.ts';

interface TimeRangePickerProps {
  readonly range: TimeRange;
}

/** Chooses the time of all charts of a page. */
export function TimeRangePicker({ range }: TimeRangePickerProps): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const { span, preset, isLive } = range;
  return (
    <fieldset class="time-range">
      <legend class="visually-hidden">{t(CHART.range)}</legend>
      <div class="time-range-presets">
        {PRESET_NAMES.map((name) => (
          <button
            type="button"
            class="time-range-preset"
            key={name}
            aria-pressed={name === preset}
            onClick={() => range.choose(name)}
          >
            {t(PRESET_TEXTS[name])}
          </button>
        ))}
        <button
          type="button"
          class="time-range-preset"
          aria-pressed={preset === undefined}
          aria-haspopup="dialog"
          onClick={() => setOpen(true)}
        >
          {preset === undefined
            ? `${formatShortTime(span.fromMs, Date.now())} – ${formatShortTime(span.toMs, Date.now())}`
            : t(CHART.custom)}
        </button>
      </div>
      <div class="time-range-steps">
        <IconButton label={t(CHART.earlier)} onClick={() => range.shift(-1)}>
          <ChevronLeftIcon />
        </IconButton>
        <IconButton label={t(CHART.later)} disabled={isLive} onClick={() => range.shift(1)}>
          <ChevronRightIcon />
        </IconButton>
        <IconButton label={t(CHART.zoomOut)} onClick={range.zoomOut}>
          <MinusIcon />
        </IconButton>
        <IconButton label={t(CHART.zoomIn)} onClick={range.zoomIn}>
          <PlusIcon />
        </IconButton>
        <Button
          small
          pressed={isLive}
          icon={isLive ? <PauseIcon /> : <PlayIcon />}
          onClick={() => range.follow(!isLive)}
        >
          {t(CHART.live)}
        </Button>
      </div>
      {isOpen && <CustomRange span={span} show={range.show} onClose={() => setOpen(false)} />}
    </fieldset>
  );
}

interface CustomRangeProps {
  readonly span: TimeSpan;
  readonly show: (span: TimeSpan) => void;
  readonly onClose: () => void;
}

function CustomRange({ span, show, onClose }: CustomRangeProps): JSX.Element {
  const [from, setFrom] = useState(localText(span.fromMs));
  const [to, setTo] = useState(localText(span.toMs));
  const [isAsked, setAsked] = useState(false);
  // Without a zone it is local time, which is what the browser's field gives.
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  const fromError = Number.isNaN(fromMs) ? t(CHART.timeProblem) : undefined;
  const toError = Number.isNaN(toMs)
    ? t(CHART.timeProblem)
    : toMs <= fromMs
      ? t(CHART.orderProblem)
      : undefined;
  const apply = () => {
    setAsked(true);
    if (fromError !== undefined || toError !== undefined) return;
    show({ fromMs, toMs });
    onClose();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t(CHART.customTitle)}
      actions={
        <Button kind="primary" onClick={apply}>
          {t(CHART.apply)}
        </Button>
      }
    >
      <TextField
        label={t(CHART.from)}
        type="datetime-local"
        help={t(CHART.localTime)}
        value={from}
        onChange={setFrom}
        error={isAsked ? fromError : undefined}
        onEnter={apply}
      />
      <TextField
        label={t(CHART.to)}
        type="datetime-local"
        value={to}
        onChange={setTo}
        error={isAsked ? toError : undefined}
        onEnter={apply}
      />
    </Dialog>
  );
}

/** As the browser's field has it: local time, to the minute. */
function localText(ms: number): string {
  const local = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
