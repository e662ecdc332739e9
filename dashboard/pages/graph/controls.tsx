import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatDuration } from '../../format/duration.ts';
import { t } from '../../i18n/language.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { ChevronLeftIcon, ChevronRightIcon } from '../../ui/icons.tsx';
import { Select } from '../../ui/select.tsx';
import { Checkbox, TextField } from '../../ui/text-field.tsx';
import { type PanelState, parseSpan, spanText } from './address.ts';
import { GRAPH } from './messages.ts';

const RANGES = ['15m', '1h', '3h', '6h', '12h', '1d', '2d', '7d', '30d', '90d', '365d'];

interface ControlsProps {
  readonly panel: PanelState;
  readonly onChange: (panel: PanelState) => void;
}

/** Which time is looked at, and how. */
export function Controls({ panel, onChange }: ControlsProps): JSX.Element {
  const { tab, rangeMs, endMs, stepMs, isStacked } = panel;
  const [isOpen, setOpen] = useState(() => !matchMedia(NARROW).matches);
  // What is chosen is shown.
  const hasAll = isOpen || endMs !== undefined || stepMs !== undefined;
  const isGraph = tab === 'graph';
  const presets = RANGES.map((text) => parseSpan(text) ?? 0);
  const ranges = presets.includes(rangeMs) ? presets : [rangeMs, ...presets].sort((a, b) => a - b);
  const move = (byMs: number) => {
    const toMs = (endMs ?? Date.now()) + byMs;
    onChange(toMs >= Date.now() ? withoutEnd(panel) : { ...panel, endMs: toMs });
  };
  const box = useRef<HTMLDivElement>(null);
  // The button that opened them is gone: the first of them has the focus.
  const open = () => {
    setOpen(true);
    requestAnimationFrame(() => box.current?.querySelector('input')?.focus());
  };
  return (
    <div class="graph-controls" ref={box}>
      {isGraph && (
        <Select
          label={t(GRAPH.range)}
          value={String(rangeMs)}
          options={ranges.map((ms) => ({ value: String(ms), text: formatDuration(ms) }))}
          onChange={(value) => onChange({ ...panel, rangeMs: Number(value) })}
        />
      )}
      {hasAll ? (
        <div class="graph-end">
          <IconButton
            label={t(GRAPH.earlier)}
            onClick={() => move(-(isGraph ? rangeMs / 2 : HOUR_MS))}
          >
            <ChevronLeftIcon />
          </IconButton>
          {endMs === undefined ? (
            <Button onClick={() => onChange({ ...panel, endMs: Date.now() })}>
              {t(isGraph ? GRAPH.untilNow : GRAPH.now)}
            </Button>
          ) : (
            <TextField
              label={t(isGraph ? GRAPH.end : GRAPH.at)}
              type="datetime-local"
              value={localText(endMs)}
              onChange={(text) => {
                const ms = Date.parse(text);
                onChange(Number.isNaN(ms) ? withoutEnd(panel) : { ...panel, endMs: ms });
              }}
            />
          )}
          <IconButton
            label={t(GRAPH.later)}
            disabled={endMs === undefined}
            onClick={() => move(isGraph ? rangeMs / 2 : HOUR_MS)}
          >
            <ChevronRightIcon />
          </IconButton>
          {endMs !== undefined && (
            <Button onClick={() => onChange(withoutEnd(panel))}>{t(GRAPH.now)}</Button>
          )}
        </div>
      ) : (
        <Button onClick={open}>{t(isGraph ? GRAPH.endAndStep : GRAPH.otherTime)}</Button>
      )}
      {isGraph && (
        <>
          {hasAll && <Step panel={panel} onChange={onChange} />}
          <Checkbox
            label={t(GRAPH.stacked)}
            checked={isStacked}
            onChange={(checked) => onChange({ ...panel, isStacked: checked })}
          />
        </>
      )}
    </div>
  );
}

const HOUR_MS = 3_600_000;
/** There the graph comes first. */
const NARROW = '(max-width: 40rem)';

function withoutEnd({ endMs: _, ...panel }: PanelState): PanelState {
  return panel;
}

/** Asked when it is whole: on Enter, or when it is left. */
function Step({ panel, onChange }: ControlsProps): JSX.Element {
  const { stepMs } = panel;
  const known = stepMs === undefined ? '' : spanText(stepMs);
  const [text, setText] = useState(known);
  useEffect(() => setText(known), [known]);
  const parsed = parseSpan(text);
  const isWrong = text.trim() !== '' && parsed === undefined;
  const apply = () => {
    if (isWrong || parsed === stepMs) return;
    const { stepMs: _, ...rest } = panel;
    onChange(parsed === undefined ? rest : { ...rest, stepMs: parsed });
  };
  return (
    <div class="graph-step" onFocusOut={apply}>
      <TextField
        label={t(GRAPH.step)}
        value={text}
        placeholder={t(GRAPH.stepAuto)}
        onChange={setText}
        onEnter={apply}
        error={isWrong ? t(GRAPH.stepWrong) : undefined}
      />
    </div>
  );
}

/** As `datetime-local` has it: local time, to the minute. */
function localText(ms: number): string {
  const offsetMs = new Date(ms).getTimezoneOffset() * 60_000;
  return new Date(ms - offsetMs).toISOString().slice(0, 16);
}
