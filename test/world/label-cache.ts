import { metricNamed } from '../../core/catalogue/catalogue.ts';
import { roundTo } from '../../core/catalogue/metric.ts';
import { type Labels, labelsFrom } from '../../core/series/labels.ts';

/** Takes a sample. The same series has the same labels object each time. */
export type Emit = (labels: Labels, value: number) => void;

interface Known {
  readonly labels: Labels;
  readonly resolution: number;
}

/** Makes each series' labels once: a world takes tens of millions of samples. */
export class LabelCache {
  readonly #own: Readonly<Record<string, string>>;
  readonly #known = new Map<string, Map<string, Known>>();

  /** `own`: what all its series have. */
  constructor(own: Readonly<Record<string, string>>) {
    this.#own = own;
  }

  /** Emits a value, rounded as the agent does. `key` tells the series of a name apart by `more`. */
  emit(
    emit: Emit,
    name: string,
    value: number,
    key = '',
    more: (key: string) => Readonly<Record<string, string>> = noMore,
  ): void {
    let ofName = this.#known.get(name);
    if (ofName === undefined) {
      ofName = new Map();
      this.#known.set(name, ofName);
    }
    let known = ofName.get(key);
    if (known === undefined) {
      const labels = labelsFrom({ __name__: name, ...this.#own, ...more(key) });
      known = { labels, resolution: metricNamed(name)?.resolution ?? 0.01 };
      ofName.set(key, known);
    }
    emit(known.labels, roundTo(known.resolution, value));
  }
}

function noMore(): Readonly<Record<string, string>> {
  return {};
}

export function byDevice(device: string): Readonly<Record<string, string>> {
  return { device };
}
