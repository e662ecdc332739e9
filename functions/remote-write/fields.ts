import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { MessageFault } from './message.ts';

/**
 * Walks protobuf messages field by field, so that nothing is kept of a message but what is wanted:
 * a hostile body costs time by its length, not memory by the number of its parts.
 */

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

/** At the end of text that was not UTF-8; no UTF-8 gives it. */
const NOT_UTF8 = '\ud800';

/** A reader whose strings are UTF-8, or marked as not being so: one bad label spoils one series. */
export function readerOf(bytes: Uint8Array): BinaryReader {
  return new BinaryReader(bytes, (text) => {
    try {
      return strict.decode(text);
    } catch {
      return lenient.decode(text) + NOT_UTF8;
    }
  });
}

/** Reads the field's value and gives `true`, or leaves it and gives `false`. */
type ReadField = (field: number, wire: WireType) => boolean;

/** Every field from where the reader is to `end`; what `read` leaves is skipped. */
export function readFields(reader: BinaryReader, end: number, read: ReadField): void {
  while (reader.pos < end) {
    const [field, wire] = reader.tag();
    if (!read(field, wire)) reader.skip(wire, field);
  }
  if (reader.pos !== end) throw new MessageFault(400, `a field reaches beyond byte ${end}`);
}

/** Where the message that begins here ends; it lies within `outerEnd`. */
export function messageEnd(
  reader: BinaryReader,
  outerEnd: number,
  wire: WireType,
  what: string,
): number {
  expectWire(wire, WireType.LengthDelimited, what);
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > outerEnd)
    throw new MessageFault(400, `${what}: ${length} bytes, with ${outerEnd - reader.pos} left`);
  return end;
}

export function expectWire(wire: WireType, wanted: WireType, what: string): void {
  if (wire !== wanted) throw new MessageFault(400, `${what}: wire type ${wire}, not ${wanted}`);
}
