/**
 * Between plain JSON and DynamoDB's attribute values.
 *
 * A superset of Kestra's mapping, which knows strings, booleans, string sets and maps only: numbers
 * are N, lists L, null NULL, and reading gives back every kind.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { TaskFailure } from '../define.ts';

export type AttributeMap = Record<string, AttributeValue>;

function toAttributes(values: Readonly<Record<string, unknown>>): AttributeMap {
  return mapValues(values, toAttribute);
}

export function toAttribute(value: unknown): AttributeValue {
  if (value === null || value === undefined) return { NULL: true };
  if (Array.isArray(value)) return { L: value.map(toAttribute) };
  switch (typeof value) {
    case 'string':
      return { S: value };
    case 'boolean':
      return { BOOL: value };
    case 'number':
    case 'bigint':
      return { N: numberText(value) };
    case 'object':
      return { M: toAttributes(value as Readonly<Record<string, unknown>>) };
    default:
      throw unsuitable(`A ${typeof value} cannot be a DynamoDB attribute.`);
  }
}

export function fromAttributes(attributes: AttributeMap): Record<string, unknown> {
  return mapValues(attributes, fromAttribute);
}

/** Binary becomes base64 text, and the sets become lists. */
export function fromAttribute(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return fromNumberText(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.M !== undefined) return fromAttributes(value.M);
  if (value.L !== undefined) return value.L.map(fromAttribute);
  if (value.SS !== undefined) return value.SS;
  if (value.NS !== undefined) return value.NS.map(fromNumberText);
  if (value.B !== undefined) return base64(value.B);
  if (value.BS !== undefined) return value.BS.map(base64);
  return null;
}

/**
 * The ways to read a key whose types the flow does not say, likeliest first: as written; numbers as
 * text, which is how Kestra sends every number; and text that is a number as one, because an
 * expression in a key gives text.
 */
export function keyCandidates(key: Readonly<Record<string, unknown>>): AttributeMap[] {
  const typed = toAttributes(key);
  const candidates = [
    typed,
    mapValues(typed, (value) => (value.N === undefined ? value : { S: value.N })),
    mapValues(typed, (value) => (isNumberText(value.S) ? { N: value.S } : value)),
  ];
  const texts = candidates.map((candidate) => JSON.stringify(candidate));
  return candidates.filter((_, index) => texts.indexOf(texts[index] ?? '') === index);
}

const numberPattern = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function isNumberText(text: string | undefined): text is string {
  return text !== undefined && numberPattern.test(text);
}

function numberText(value: number | bigint): string {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw unsuitable(`${value} cannot be a DynamoDB number.`);
  }
  return String(value);
}

/** DynamoDB keeps 38 digits. What a double cannot hold stays text, so that no digit is lost. */
function fromNumberText(text: string): number | string {
  const value = Number(text);
  const digits = text
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+|0+$/g, '');
  const isExact = /^-?\d+$/.test(text) && Number.isSafeInteger(value);
  return isExact || digits.length <= 15 ? value : text;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function unsuitable(message: string): TaskFailure {
  return new TaskFailure({ code: 'attribute-value', message, retryable: false });
}

function mapValues<A, B>(
  map: Readonly<Record<string, A>>,
  change: (value: A) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(value)]));
}
