import type Uplot from 'uplot';
import type { ChartBand, ChartThreshold } from './chart-types.ts';
import type { Scale } from './scale.ts';

/** The colour of a custom property of the style sheet. */
export type Colors = (property: string) => string;

/** What is drawn behind and above the lines. */
interface Marks {
  readonly thresholds: readonly ChartThreshold[];
  readonly bands: readonly ChartBand[];
  readonly scale: Scale;
}

const TONE_COLORS = { info: '--info', warning: '--warning', critical: '--critical' } as const;

/** Behind the lines: firing is filled with a full strip above, pending hatched with a broken one. */
export function drawBands(u: Uplot, { bands }: Marks, colors: Colors): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const band of bands) {
    const left = u.valToPos(band.fromMs, 'x', true);
    const width = Math.max(u.valToPos(band.toMs, 'x', true) - left, 2 * ratio);
    if (left > bbox.left + bbox.width || left + width < bbox.left) continue;
    ctx.fillStyle = colors(TONE_COLORS[band.tone]);
    ctx.strokeStyle = ctx.fillStyle;
    ctx.globalAlpha = band.isPending ? 0.07 : 0.16;
    ctx.fillRect(left, bbox.top, width, bbox.height);
    ctx.globalAlpha = band.isPending ? 0.6 : 1;
    ctx.lineWidth = 4 * ratio;
    ctx.setLineDash(band.isPending ? [4 * ratio, 3 * ratio] : []);
    ctx.beginPath();
    ctx.moveTo(left, bbox.top + 2 * ratio);
    ctx.lineTo(left + width, bbox.top + 2 * ratio);
    ctx.stroke();
  }
  ctx.restore();
}

/** Above the lines: a broken line across, with what it is. */
export function drawThresholds(u: Uplot, { thresholds, scale }: Marks, colors: Colors): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  // As the axes' texts left it, it would stand elsewhere.
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  ctx.lineWidth = ratio;
  let lastY = Number.POSITIVE_INFINITY;
  let side = 1;
  for (const { value, label, tone } of [...thresholds].sort((a, b) => a.value - b.value)) {
    if (value < scale.min || value > scale.max) continue;
    const y = Math.round(u.valToPos(value, 'y', true));
    ctx.strokeStyle = colors(TONE_COLORS[tone]);
    ctx.setLineDash([6 * ratio, 4 * ratio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    // Texts of lines near each other would cover one another: every second one stands at the other side.
    side = lastY - y < 14 * ratio ? -side : 1;
    lastY = y;
    const textY = y - bbox.top > 16 * ratio ? y - 4 * ratio : y + 12 * ratio;
    const { width } = ctx.measureText(label);
    const left = side > 0 ? bbox.left + bbox.width - width - 4 * ratio : bbox.left + 4 * ratio;
    ctx.fillStyle = colors('--card');
    ctx.globalAlpha = 0.65;
    ctx.fillRect(left - 2 * ratio, textY - 10 * ratio, width + 4 * ratio, 13 * ratio);
    ctx.globalAlpha = 1;
    ctx.fillStyle = colors('--text');
    ctx.fillText(label, left, textY);
  }
  ctx.restore();
}
