import { settingsKey } from '../settings-key.ts';
import type { Collector } from './collector.ts';

/**
 * Collectors made from settings, which give way to others while the agent runs. Those that `create`
 * makes must be of the same names each time, in the same order.
 */
export class ReplaceableCollectors<Settings> {
  /** What stays: each asks whichever of its name was made last. */
  readonly collectors: readonly Collector[];
  readonly #create: (settings: Settings) => readonly Collector[];
  #made: readonly Collector[];
  #madeFrom: string;
  #retiring: Promise<unknown> = Promise.resolve();
  /** By place in the list: who wants to be told of trouble. */
  readonly #watchers = new Map<number, () => void>();

  constructor(settings: Settings, create: (settings: Settings) => readonly Collector[]) {
    this.#create = create;
    this.#made = create(settings);
    this.#madeFrom = settingsKey(settings);
    this.collectors = this.#made.map(({ name }, i) => {
      const current = () => this.#made[i] ?? missing(name);
      return {
        name,
        check: () => current().check(),
        collect: (context) => current().collect(context),
        watch: (onTrouble) => {
          this.#watchers.set(i, onTrouble);
          current().watch?.(onTrouble);
        },
      };
    });
  }

  /** Makes them anew if the settings are others than before; what they knew is forgotten. */
  configure(settings: Settings): void {
    const key = settingsKey(settings);
    if (key === this.#madeFrom) return;
    const retired = this.#made;
    this.#made = this.#create(settings);
    this.#madeFrom = key;
    for (const [i, onTrouble] of this.#watchers) this.#made[i]?.watch?.(onTrouble);
    this.#retiring = Promise.all([this.#retiring, closeAll(retired)]);
  }

  async close(): Promise<void> {
    await Promise.all([this.#retiring, closeAll(this.#made)]);
  }
}

async function closeAll(collectors: readonly Collector[]): Promise<void> {
  await Promise.allSettled(collectors.map((collector) => collector.close?.()));
}

function missing(name: string): never {
  throw new Error(`no collector ${name} was made from the new settings`);
}
