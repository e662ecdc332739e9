import type { ChunkStore, StoredChunk } from '../../functions/store/chunks.ts';
import { senderOf, senderPrefix } from '../../functions/store/item-keys.ts';

/** Chunks in memory, with what reading them costs, for thousands of short runs. */
export class MemoryChunks
  implements Pick<ChunkStore, 'put' | 'get' | 'batch' | 'minute' | 'senderMinute'>
{
  readonly #chunks = new Map<string, StoredChunk>();
  /** Host-minutes that were asked for, whole minutes being as many as there are. */
  read = 0;

  readonly put: ChunkStore['put'] = async (chunk, replaces) => {
    const known = this.#chunks.get(keyOf(chunk));
    const isAllowed =
      replaces === 'shorter'
        ? known === undefined ||
          (known.firstMs === chunk.firstMs &&
            known.sampleCount < chunk.sampleCount &&
            known.origin === chunk.origin)
        : known?.firstMs === replaces.firstMs && known.sampleCount === replaces.sampleCount;
    if (isAllowed) this.#chunks.set(keyOf(chunk), chunk);
    return isAllowed;
  };

  readonly get: ChunkStore['get'] = async (writer, minute) =>
    this.#chunks.get(keyOf({ writer, minute }));

  readonly batch: ChunkStore['batch'] = async (keys) => {
    this.read += keys.length;
    const found = keys.map((key) => this.#chunks.get(keyOf(key)));
    return { chunks: found.filter((chunk) => chunk !== undefined), unread: [] };
  };

  readonly minute: ChunkStore['minute'] = async (minute) => {
    const found = [...this.#chunks.values()].filter((chunk) => chunk.minute === minute);
    this.read += found.length;
    return found;
  };

  readonly senderMinute: ChunkStore['senderMinute'] = async (minute, _nowMs, sender) => {
    const found = await this.minute(minute, 0);
    const prefix = senderPrefix(sender);
    return found.filter(
      ({ writer }) => senderOf(writer) !== undefined && writer.startsWith(prefix),
    );
  };
}

function keyOf({ writer, minute }: Pick<StoredChunk, 'writer' | 'minute'>): string {
  return `${minute} ${writer}`;
}
