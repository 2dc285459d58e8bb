import { hash } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const length = 22;

/** The id of a task run: 22 base62 characters that follow from its execution and path. */
export function taskRunId(execution: string, path: string): string {
  return derivedId(execution, path);
}

/** An id that follows from another one and what it is for. */
export function derivedId(from: string, what: string): string {
  return base62(hash('sha256', `${from}/${what}`, 'buffer'));
}

/** 22 base62 characters from at least 16 bytes. */
export function base62(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  const number = [view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12)];
  let text = '';
  for (let i = 0; i < length; i++) text = `${alphabet[divide(number)]}${text}`;
  return text;
}

/** Divides a number of base 2³², in place, by 62; gives the remainder. */
function divide(number: number[]): number {
  let rest = 0;
  for (const [index, digit] of number.entries()) {
    const value = rest * 2 ** 32 + digit;
    const quotient = Math.floor(value / 62);
    number[index] = quotient;
    rest = value - quotient * 62;
  }
  return rest;
}
