import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { ByteCursor } from './byte-cursor.ts';

/** Larger than any file we read: /proc/stat of 1,024 CPUs with all their interrupts is some 200 KB. */
const FILE_MAX_BYTES = 4 << 20;

/** Files kept open. We read about ten of /proc, and one of /sys for each network interface. */
const OPEN_FILES_MAX = 256;

/** What open or read says where the kernel has no such thing (any more), or it is switched off. */
const ABSENT_CODES = new Set(['ENOENT', 'ENODEV', 'ENXIO', 'EINVAL', 'EOPNOTSUPP', 'ENOTDIR']);

/**
 * The /proc and /sys of one host. Files stay open and are read again from position 0 into one
 * buffer: a reading costs one system call. The calls are synchronous because these files are
 * memory, and a thread-pool round trip costs several times the reading.
 */
export class HostFiles {
  readonly #rootDir: string;
  readonly #open = new Map<string, number>();
  readonly #cursor = new ByteCursor();
  #buffer = Buffer.allocUnsafeSlow(64 << 10);

  /** `rootDir` is where the host's file tree is mounted: `/`, or such as `/host` in a container. */
  constructor(rootDir = '/') {
    this.#rootDir = rootDir;
  }

  /**
   * The process whose mounts and network devices are the host's: ourselves, or the host's init
   * where we look at a mounted tree from inside a container.
   */
  get hostProcess(): string {
    return this.#rootDir === '/' ? '/proc/self' : '/proc/1';
  }

  /** A path of the host as a path here. */
  pathOf(path: string): string {
    return this.#rootDir === '/' ? path : join(this.#rootDir, path);
  }

  /**
   * The content of a file, which stays open for the next time. The cursor is valid until the next
   * reading of any file: take what you need before you read another. Throws naming the file.
   */
  read(path: string): ByteCursor {
    const kept = this.#open.get(path);
    const fd = kept ?? openSync(this.pathOf(path), 'r');
    let failed = true;
    try {
      const cursor = this.#readAll(fd, path);
      failed = false;
      return cursor;
    } finally {
      // A descriptor of a device that was pulled never comes back to life: the path may.
      if (failed || (kept === undefined && this.#open.size >= OPEN_FILES_MAX)) {
        this.#open.delete(path);
        closeSync(fd);
      } else if (kept === undefined) this.#open.set(path, fd);
    }
  }

  /** As `read`, but `undefined` where the kernel does not have the file or has it switched off. */
  readIfThere(path: string): ByteCursor | undefined {
    try {
      return this.read(path);
    } catch (error) {
      if (ABSENT_CODES.has(errorCode(error))) return undefined;
      throw error;
    }
  }

  /** Gives back the descriptor of a file that is not needed any more. */
  forget(path: string): void {
    const fd = this.#open.get(path);
    if (fd === undefined) return;
    this.#open.delete(path);
    closeSync(fd);
  }

  /** The names in a directory; none where it does not exist. */
  list(path: string): readonly string[] {
    try {
      return readdirSync(this.pathOf(path));
    } catch (error) {
      if (ABSENT_CODES.has(errorCode(error))) return [];
      throw error;
    }
  }

  exists(path: string): boolean {
    return existsSync(this.pathOf(path));
  }

  close(): void {
    for (const fd of this.#open.values()) closeSync(fd);
    this.#open.clear();
  }

  #readAll(fd: number, path: string): ByteCursor {
    let length = 0;
    for (;;) {
      const got = readSync(fd, this.#buffer, length, this.#buffer.length - length, length);
      length += got;
      if (got === 0) break;
      if (length === this.#buffer.length) this.#grow(path);
    }
    this.#cursor.reset(this.#buffer, length);
    return this.#cursor;
  }

  #grow(path: string): void {
    if (this.#buffer.length >= FILE_MAX_BYTES) {
      throw new Error(`${path}: larger than ${FILE_MAX_BYTES} bytes`);
    }
    const larger = Buffer.allocUnsafeSlow(this.#buffer.length * 2);
    this.#buffer.copy(larger);
    this.#buffer = larger;
  }
}

/** The `code` of a system error such as `ENOENT`; '' for any other value. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}
