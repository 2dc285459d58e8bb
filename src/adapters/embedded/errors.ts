/** What can be wrong with the files of an embedded store, told with the file's name. */

export type StoreProblem =
  | 'held'
  | 'missing'
  | 'newer'
  | 'corrupt'
  | 'disk-full'
  | 'read-only'
  | 'unreachable'
  | 'failed';

export class EmbeddedStoreError extends Error {
  override readonly name = 'EmbeddedStoreError';
  readonly code: StoreProblem;
  readonly file: string;

  constructor(code: StoreProblem, file: string, sentence: string, options?: ErrorOptions) {
    super(`${file}: ${sentence}`, options);
    this.code = code;
    this.file = file;
  }
}

/** By SQLite's primary result code, or by the file system's error code. */
const sentences: Readonly<Record<string, readonly [StoreProblem, string]>> = {
  5: ['failed', 'another program has locked the file.'],
  8: ['read-only', 'the file cannot be written. Check its permissions and those of its folder.'],
  10: ['failed', 'reading or writing failed on the disk.'],
  11: ['corrupt', 'the file is damaged. Restore it from a copy, or move it away to start empty.'],
  13: ['disk-full', 'the disk is full. What was not yet on disk was undone; make room, restart.'],
  14: ['unreachable', 'the file cannot be opened. Check that the folder exists and is yours.'],
  26: ['corrupt', 'this is not a Baton store. Move it away, or name another folder.'],
  EACCES: ['read-only', 'the file cannot be written. Check its permissions.'],
  EROFS: ['read-only', 'the file system is mounted read-only.'],
  ENOSPC: ['disk-full', 'the disk is full.'],
  EDQUOT: ['disk-full', 'the disk quota is used up.'],
  ENOTDIR: ['unreachable', 'a file stands where a folder is needed.'],
};

/** Too big, constraint, mismatch, range: about one value, and the statement alone was undone. */
const aboutOneValue: ReadonlySet<number> = new Set([18, 19, 20, 25]);

/** An error of SQLite or the file system in our words. Any other error comes back as it is. */
export function explained(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || error instanceof EmbeddedStoreError) return error;
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  if (code === 'ERR_SQLITE_ERROR' && typeof errcode === 'number') {
    // The low byte is the primary code; the rest says in which system call.
    const primary = errcode & 0xff;
    if (aboutOneValue.has(primary)) return error;
    const [problem, sentence] = sentences[primary] ?? ['failed', `${error.message}.`];
    return new EmbeddedStoreError(problem, file, sentence, { cause: error });
  }
  const known = typeof code === 'string' ? sentences[code] : undefined;
  return known ? new EmbeddedStoreError(known[0], file, known[1], { cause: error }) : error;
}
