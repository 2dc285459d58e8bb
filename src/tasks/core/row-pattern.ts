/**
 * A pattern that a flow author wrote, held against the rows of a file: on an engine whose time is
 * linear in the row. What it cannot do (look-around, back references) is refused with a message.
 */
import { RE2JS, RE2JSException } from 're2js';
import { TaskFailure } from '../define.ts';

export interface RowPattern {
  readonly groups: number;
  /** What the first group holds, null where it takes no part; undefined: the row does not match. */
  firstGroup(row: string): string | null | undefined;
}

export function rowPattern(source: string): RowPattern {
  const pattern = compiled(source);
  return {
    groups: pattern.groupCount(),
    firstGroup(row) {
      const matcher = pattern.matcher(row);
      return matcher.find() ? (matcher.group(1) ?? null) : undefined;
    },
  };
}

function compiled(source: string): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    const message = `'${source}' is not a pattern that can be used here: ${error.message}`;
    throw new TaskFailure({ code: 'pattern', message, retryable: false }, { cause: error });
  }
}
