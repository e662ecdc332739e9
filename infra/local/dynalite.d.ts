declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** Part of dynalite's options; it has no types of its own. */
  interface Options {
    /** Folder of the LevelDB store; absent: in memory. */
    readonly path?: string;
    /** How long a new table stays in CREATING. */
    readonly createTableMs?: number;
  }

  /** A server that is not listening yet. Closing it closes the store. */
  function dynalite(options?: Options): Server;
  export = dynalite;
}
