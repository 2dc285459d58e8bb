import { hash } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const length = 22;

/** The id of a task run: 22 base62 characters that follow from its execution and path. */
export function taskRunId(execution: string, path: string): string {
  return derivedId(execution, path);
}

/** An id that follows from another one and what it is for. */
export function derivedId(from: string, what: string): string {
  return base62(hash('sha256', `${from}/${what}`));
}

/** 22 base62 characters from the first 32 hexadecimal digits. */
export function base62(hex: string): string {
  const number = [0, 8, 16, 24].map((at) => Number.parseInt(hex.slice(at, at + 8), 16));
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
  for (let index = 0; index < number.length; index += 1) {
    const value = rest * 2 ** 32 + (number[index] ?? 0);
    const quotient = Math.floor(value / by);
    number[index] = quotient;
    rest = value - quotient * by;
  }
  return rest;
}
