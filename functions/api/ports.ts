import type { LoadedRules } from '../evaluate/rules.ts';
import type { ReaderPorts } from '../store/reader.ts';
import type { StateStore } from '../store/state.ts';

/** What the API's endpoints need of the world. */
export interface ApiPorts {
  readonly reader: ReaderPorts;
  readonly state: Pick<StateStore, 'read'>;
  readonly rules: LoadedRules;
  /** Where people reach this Hypervigil; `''` when nobody said. */
  readonly externalUrl: string;
  /** Between two evaluations of groups that name no interval. */
  readonly tickMs: number;
  /** What time it is for people; `clockMs` of the reader measures how long something takes. */
  readonly nowMs: () => number;
  /** The most a query may take. */
  readonly timeoutMs: number;
}
