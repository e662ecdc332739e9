/** What became of a message. Reasons hold no secrets. */
export type DeliveryResult =
  | {
      readonly ok: true;
      /** Of HTTP; absent for SNS. */
      readonly status?: number;
      /** The service's first words, or SNS' id of the message. */
      readonly answer?: string;
    }
  | DeliveryFailure;

export interface DeliveryFailure {
  readonly ok: false;
  /** May the same message be taken later? */
  readonly retry: boolean;
  readonly reason: string;
  /** The service asks to be left alone for so long. */
  readonly retryAfterMs?: number;
}

export function failure(reason: string, retry: boolean): DeliveryFailure {
  return { ok: false, retry, reason };
}
