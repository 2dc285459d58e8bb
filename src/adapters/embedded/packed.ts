/** Packed values as columns: text as TEXT, bytes as BLOB, a pointer as TEXT marked with `@`. */
import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';
import type { Packed } from '../../engine/execution.ts';

/** No JSON text starts with it; any other text that does is marked as well. */
const mark = '@';

export function toColumn(packed: Packed | undefined): string | Uint8Array | null {
  if (packed === undefined) return null;
  if (packed instanceof Uint8Array) return packed;
  if (typeof packed === 'string' && !packed.startsWith(mark)) return packed;
  return mark + JSON.stringify(packed);
}

export function fromColumn(value: SQLOutputValue | undefined): Packed | undefined {
  if (value === null || value === undefined) return undefined;
  if (value instanceof Uint8Array) return value;
  const text = String(value);
  return text.startsWith(mark) ? (JSON.parse(text.slice(mark.length)) as Packed) : text;
}

export type Row = Record<string, SQLOutputValue>;
export type Columns = SQLInputValue[];

/** The fields that are there: a record has no field that is `undefined`. */
export function present<T extends object>(fields: T): { [K in keyof T]: NonNullable<T[K]> } {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(kept) as { [K in keyof T]: NonNullable<T[K]> };
}
