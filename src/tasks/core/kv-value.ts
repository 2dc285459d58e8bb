/** Values of key-value pairs: their types, and how a text becomes a value of one. */
import { TaskFailure } from '../define.ts';

export const kvTypes = [
  'STRING',
  'NUMBER',
  'BOOLEAN',
  'DATETIME',
  'DATE',
  'DURATION',
  'JSON',
] as const;
type KvType = (typeof kvTypes)[number];

interface TypedValue {
  readonly value: unknown;
  readonly type: KvType;
}

/**
 * Without a type, text that is JSON of a number, boolean, list or map becomes that; other text stays
 * text. With one, text is read as it; dates and durations stay text of their form.
 */
export function typedValue(given: unknown, type?: KvType): TypedValue {
  // An expression gives whatever text it gives.
  if (type !== undefined && !kvTypes.includes(type)) throw wrongType(`'${type}' is not a type`);
  if (type === undefined) {
    const value = typeof given === 'string' ? readUnquoted(given) : given;
    return { value, type: typeOf(value) };
  }
  const value = readers[type](given);
  if (value !== undefined) return { value, type };
  const shown = JSON.stringify(given)?.slice(0, 200);
  throw wrongType(`The value is not of the type ${type}: ${shown}`);
}

function wrongType(message: string): TaskFailure {
  return new TaskFailure({ code: 'kv-type', message, retryable: false });
}

/** By type; undefined where the value is none of it. */
const readers: Readonly<Record<KvType, (given: unknown) => unknown>> = {
  STRING: (given) => (typeof given === 'string' ? given : JSON.stringify(given)),
  NUMBER: (given) => ofType(given, 'number'),
  BOOLEAN: (given) => ofType(given, 'boolean'),
  DATETIME: (given) => dateText(given, /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:?\d\d)$/),
  DATE: (given) => dateText(given, /^\d{4}-\d\d-\d\d/),
  DURATION: (given) => (typeof given === 'string' && isDuration(given.trim()) ? given : undefined),
  JSON: (given) => (typeof given === 'string' ? readJson(given) : given),
};

function ofType(given: unknown, type: 'number' | 'boolean'): unknown {
  const value = typeof given === 'string' ? readJson(given.toLowerCase()) : given;
  return typeof value === type ? value : undefined;
}

function dateText(given: unknown, form: RegExp): string | undefined {
  if (typeof given !== 'string') return undefined;
  const text = given.trim();
  return form.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined;
}

function isDuration(text: string): boolean {
  return /^[-+]?P(?=.)(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+([.,]\d+)?S)?)?$/i.test(text);
}

function readUnquoted(text: string): unknown {
  const value = readJson(text);
  return value === undefined || value === null || typeof value === 'string' ? text : value;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function typeOf(value: unknown): KvType {
  if (typeof value === 'string') return 'STRING';
  if (typeof value === 'number') return 'NUMBER';
  return typeof value === 'boolean' ? 'BOOLEAN' : 'JSON';
}
