/** One `time_interval` of a configuration: all that is given must hold. Empty lists hold always. */
export interface TimeInterval {
  /** Minutes of the day: from, to (exclusive, up to 1440). */
  readonly times: readonly (readonly [number, number])[];
  /** 0 Sunday to 6 Saturday, both inclusive. */
  readonly weekdays: readonly (readonly [number, number])[];
  /** 1 to 31, or negative from the end of the month; both inclusive. */
  readonly daysOfMonth: readonly (readonly [number, number])[];
  /** 1 to 12, both inclusive. */
  readonly months: readonly (readonly [number, number])[];
  readonly years: readonly (readonly [number, number])[];
  /** IANA name; `UTC` unless given. */
  readonly location: string;
}
