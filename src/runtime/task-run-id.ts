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
  while (text.length < length) {
    const three = divide(number, 62 ** 3);
    text = `${digit(three / 62 ** 2)}${digit(three / 62)}${digit(three)}${text}`;
  }
  return text.slice(-length);
}

function digit(number: number): string {
  return alphabet.charAt(Math.floor(number) % 62);
}

/** Divides a number of base 2³², in place; gives the remainder. Exact for divisors below 2²¹. */
function divide(number: number[], by: number): number {
  let rest = 0;
  for (const [index, word] of number.entries()) {
    const value = rest * 2 ** 32 + word;
    const quotient = Math.floor(value / by);
    number[index] = quotient;
    rest = value - quotient * by;
  }
  return rest;
}
