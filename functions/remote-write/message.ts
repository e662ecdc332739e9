/** The messages of remote write in the terms both versions share. */

/** Which protobuf message a body holds. */
export type Protocol = 'prometheus.WriteRequest' | 'io.prometheus.write.v2.Request';

/** One TimeSeries as sent: nothing about it is checked yet. */
export interface SentSeries {
  /**
   * Names and values in turn, in the order sent; of more than `MAX_LABELS_PER_SERIES` the first ones.
   * Text that was not UTF-8 holds a lone surrogate, which no UTF-8 gives.
   */
  readonly labels: readonly string[];
  readonly labelCount: number;
  /** v2: a label refers to a symbol that is not there, or a name has no value. */
  readonly badReference: boolean;
  /** ms since 1970 as sent, in any order; as precise as a double. */
  readonly timestamps: readonly number[];
  /** The bits of the value that belongs to each timestamp: a staleness marker stays one. */
  readonly bits: readonly bigint[];
  /** Native histograms, which are counted only. */
  readonly histogramCount: number;
  readonly exemplarCount: number;
}

/**
 * Most of a request; Prometheus sends 2,000 samples by default, others up to some 20,000. The function has 512 MB and,
 * at 0.29 of a CPU, 20 s: at these bounds a request of one minute takes some 420 MB and 2 s of a whole CPU.
 */
export const MAX_REQUEST_SAMPLES = 200_000;
export const MAX_REQUEST_SERIES = 20_000;
/** Of all series together: 2.0 names one in two bytes, and each takes some 200 here. */
export const MAX_REQUEST_LABELS = 300_000;
/** Of all labels of all series: 2.0 may name one long symbol from every series. */
export const MAX_REQUEST_CHARACTERS = 16 << 20;
export const MAX_REQUEST_SYMBOLS = 500_000;

/** Bytes that are not the message they are said to be, or hold more than is taken. */
export class MessageFault extends Error {
  readonly status: 400 | 413;

  constructor(status: 400 | 413, message: string) {
    super(message);
    this.status = status;
  }
}
