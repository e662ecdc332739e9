/** Beside the dashboard's files: what is known of each without reading it. */
export const FILE_LIST = 'files.json';

/** What a build of the dashboard consists of. */
export interface FileList {
  /** A hash of all of it: which dashboard it is. */
  readonly build: string;
  /** By path, as it is asked for: `/index.html`, `/assets/main-Dk2x.js`. */
  readonly files: Readonly<Record<string, FileEntry>>;
}

export interface FileEntry {
  /** The media type. */
  readonly type: string;
  /** Of what is in it. */
  readonly hash: string;
  /** It lies there packed as well, by gzip (`.gz`) and brotli (`.br`). */
  readonly isPacked: boolean;
}
