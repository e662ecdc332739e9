import { hourStartMs } from '../../../core/rollup/hours.ts';
import type { Terminal } from '../terminal.ts';
import type { Upload } from './upload.ts';

const count = (n: number) => n.toLocaleString('en-US');

/** How far an upload is. */
export function tellHour(hour: number, upload: Upload, terminal: Pick<Terminal, 'progress'>): void {
  const at = new Date(hourStartMs(hour, 0)).toISOString().slice(0, 13);
  terminal.progress(`${at}h  ${count(upload.stored)} samples stored`);
}

/** Says what became of `read` samples. Is all of it stored? */
export function reportUpload(
  read: number,
  upload: Upload,
  terminal: Pick<Terminal, 'print' | 'note' | 'progress'>,
): boolean {
  const { sent, stored, refusals, refusalsLeftOut, conflicts } = upload;
  terminal.progress('');
  for (const refusal of refusals) terminal.note(refusal);
  if (refusalsLeftOut > 0) terminal.note(`${refusalsLeftOut} more requests like these`);
  if (conflicts > 0)
    terminal.note(`${count(conflicts)} instants had two values: the first one was taken`);
  terminal.print(`${count(read)} samples read, ${count(sent)} sent, ${count(stored)} stored`);
  return refusals.length === 0 && conflicts === 0;
}
