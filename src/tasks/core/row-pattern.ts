/**
 * A pattern that a flow author wrote for Java, held against many rows. A pattern can take for ever
 * on a row that is made for it, and nothing else runs meanwhile, so the time is bounded.
 */
import { createContext, Script } from 'node:vm';
import { TaskFailure } from '../define.ts';

const batchMsMaxDefault = 2_000;

export interface RowPattern {
  readonly groups: number;
  /** The match of each row. Throws a `TaskFailure` when the batch takes too long. */
  match(rows: readonly string[]): readonly (RegExpExecArray | null)[];
}

export function rowPattern(
  source: string,
  { batchMsMax = batchMsMaxDefault }: { readonly batchMsMax?: number } = {},
): RowPattern {
  const pattern = compiled(source);
  // Only a script can be stopped from outside, and stopping it stops what it called.
  const script = new Script('work()');
  return {
    // With an alternative that is always there, every pattern matches and shows its groups.
    groups: (new RegExp(`${pattern.source}|`, pattern.flags).exec('')?.length ?? 1) - 1,
    match(rows) {
      const context = createContext({ work: () => rows.map((row) => pattern.exec(row)) });
      try {
        return script.runInContext(context, { timeout: batchMsMax }) as (RegExpExecArray | null)[];
      } catch (error) {
        if (!isTimeout(error)) throw error;
        const message = `The pattern '${source}' took more than ${batchMsMax} ms on ${rows.length} rows.`;
        throw new TaskFailure({ code: 'pattern-time', message });
      }
    },
  };
}

function isTimeout(error: unknown): boolean {
  // Made in the script's own realm, so it is an Error, but not one of ours.
  return (error as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}

/** Flags at the start, and escapes of characters that need none, are Java's but not JavaScript's. */
function compiled(source: string): RegExp {
  const [start = '', flags = ''] = /^\(\?([ims]+)\)/.exec(source) ?? [];
  const rest = source.slice(start.length).replaceAll(/\\([^])/g, (whole, char: string) => {
    if (char === '-') return '\\x2d';
    return /[\w^$\\.*+?()[\]{}|/]/.test(char) ? whole : char;
  });
  try {
    return new RegExp(rest, `${flags}u`);
  } catch (error) {
    throw new TaskFailure(
      {
        code: 'pattern',
        message: `'${source}' is not a pattern that can be used here.`,
        retryable: false,
      },
      { cause: error },
    );
  }
}
