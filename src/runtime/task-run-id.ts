import { createHash } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const length = 22;

/** The id of a task run: 22 base62 characters that follow from its execution and path. */
export function taskRunId(execution: string, path: string): string {
  return derivedId(execution, path);
}

/** An id that follows from another one and what it is for. */
export function derivedId(from: string, what: string): string {
  return base62(createHash('sha256').update(`${from}/${what}`).digest());
}

/** 22 base62 characters from at least 16 bytes. */
export function base62(bytes: Uint8Array): string {
  let number = 0n;
  for (const byte of bytes.subarray(0, 16)) number = number * 256n + BigInt(byte);
  let text = '';
  for (let i = 0; i < length; i++) {
    text = `${alphabet[Number(number % 62n)]}${text}`;
    number /= 62n;
  }
  return text;
}
