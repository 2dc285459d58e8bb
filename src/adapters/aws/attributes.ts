/**
 * Between the values of records and DynamoDB's attribute values.
 *
 * Absent stays absent, in both directions. Nested values are JSON text: a list of maps would cost
 * three bytes and a name for each of their fields, and no expression of ours looks inside.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Packed } from '../../engine/execution.ts';
import type { Item } from './database.ts';

export const text = (value: string): AttributeValue => ({ S: value });
export const number = (value: number): AttributeValue => ({ N: String(value) });
export const json = (value: unknown): AttributeValue => ({ S: JSON.stringify(value) });

export function packed(value: Packed): AttributeValue {
  if (typeof value === 'string') return { S: value };
  if (value instanceof Uint8Array) return { B: value };
  return { M: { b: text(value.blob), n: number(value.bytes) } };
}

/** An item of the attributes that have a value. */
export function itemOf(attributes: Readonly<Record<string, AttributeValue | undefined>>): Item {
  const item: Item = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) item[name] = value;
  }
  return item;
}

/** Applies a conversion where there is something to convert. */
export function when<T>(
  value: T | undefined,
  convert: (value: T) => AttributeValue,
): AttributeValue | undefined {
  return value === undefined ? undefined : convert(value);
}

/** Reads the attributes of one item. `text`, `number`: must be there; the rest may be absent. */
export function reader(item: Item) {
  const must = (name: string, value: string | undefined): string => {
    if (value === undefined) {
      throw new Error(`The record ${item['pk']?.S} ${item['sk']?.S} has no attribute ${name}.`);
    }
    return value;
  };
  return {
    text: (name: string): string => must(name, item[name]?.S),
    number: (name: string): number => Number(must(name, item[name]?.N)),
    optionalText: (name: string): string | undefined => item[name]?.S,
    optionalNumber: (name: string): number | undefined => {
      const digits = item[name]?.N;
      return digits === undefined ? undefined : Number(digits);
    },
    optionalJson: <T>(name: string): T | undefined => {
      const source = item[name]?.S;
      return source === undefined ? undefined : (JSON.parse(source) as T);
    },
    optionalPacked: (name: string): Packed | undefined => unpack(item[name]),
  };
}

function unpack(value: AttributeValue | undefined): Packed | undefined {
  if (value?.S !== undefined) return value.S;
  // The client may hand out a Buffer; records hold plain bytes.
  if (value?.B !== undefined) return new Uint8Array(value.B);
  if (value?.M === undefined) return undefined;
  return { blob: value.M['b']?.S ?? '', bytes: Number(value.M['n']?.N) };
}

/** Drops the fields that are undefined, so that a record read equals the record written. */
export function present<T extends object>(record: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;
}
