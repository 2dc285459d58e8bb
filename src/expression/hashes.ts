/**
 * MD5, SHA-1, SHA-256 and SHA-512 in plain arithmetic, because the language is synchronous and uses
 * nothing of its platform. For data, not for secrets: no care is taken to run in constant time.
 * Loaded on first use.
 */

/** Pads to whole blocks: a one bit, zeros, and the length in bits in the last bytes. */
function padded(
  bytes: Uint8Array,
  block: number,
  lengthBytes: number,
  isLittle: boolean,
): DataView {
  const total = Math.ceil((bytes.length + 1 + lengthBytes) / block) * block;
  const result = new Uint8Array(total);
  result.set(bytes);
  result[bytes.length] = 0x80;
  const view = new DataView(result.buffer);
  const bits = BigInt(bytes.length) * 8n;
  view.setBigUint64(isLittle ? total - lengthBytes : total - 8, bits, isLittle);
  return view;
}

function hex(words: readonly number[]): string {
  return words.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function rotateRight(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

const md5Shifts = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const md5Constants = Array.from({ length: 64 }, (_, index) =>
  Math.floor(Math.abs(Math.sin(index + 1)) * 2 ** 32),
);

export function md5(bytes: Uint8Array): string {
  const view = padded(bytes, 64, 8, true);
  let [a0, b0, c0, d0] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (let offset = 0; offset < view.byteLength; offset += 64) {
    let [a, b, c, d] = [a0, b0, c0, d0];
    for (let round = 0; round < 64; round++) {
      const quarter = round >> 4;
      const [mixed, word] = md5Mix(quarter, round, b, c, d);
      const sum = a + mixed + (md5Constants[round] ?? 0) + view.getUint32(offset + word * 4, true);
      const shift = md5Shifts[quarter * 4 + (round & 3)] ?? 0;
      [a, d, c, b] = [d, c, b, (b + rotateLeft(sum | 0, shift)) | 0];
    }
    [a0, b0, c0, d0] = [(a0 + a) | 0, (b0 + b) | 0, (c0 + c) | 0, (d0 + d) | 0];
  }
  const result = new DataView(new ArrayBuffer(16));
  [a0, b0, c0, d0].forEach((word, index) => result.setInt32(index * 4, word, true));
  return hex([0, 4, 8, 12].map((at) => result.getUint32(at)));
}

function md5Mix(quarter: number, round: number, b: number, c: number, d: number): [number, number] {
  switch (quarter) {
    case 0:
      return [(b & c) | (~b & d), round];
    case 1:
      return [(d & b) | (~d & c), (5 * round + 1) % 16];
    case 2:
      return [b ^ c ^ d, (3 * round + 5) % 16];
    default:
      return [c ^ (b | ~d), (7 * round) % 16];
  }
}

export function sha1(bytes: Uint8Array): string {
  const view = padded(bytes, 64, 8, false);
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  const words = new Int32Array(80);
  for (let offset = 0; offset < view.byteLength; offset += 64) {
    for (let at = 0; at < 16; at++) words[at] = view.getInt32(offset + at * 4);
    for (let at = 16; at < 80; at++) {
      const mixed =
        word(words, at - 3) ^ word(words, at - 8) ^ word(words, at - 14) ^ word(words, at - 16);
      words[at] = rotateLeft(mixed, 1);
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0] = state;
    for (let round = 0; round < 80; round++) {
      const [mixed, constant] = sha1Mix(round, b, c, d);
      const next = (rotateLeft(a, 5) + mixed + e + constant + word(words, round)) | 0;
      [e, d, c, b, a] = [d, c, rotateLeft(b, 30), a, next];
    }
    [a, b, c, d, e].forEach((value, at) => (state[at] = ((state[at] ?? 0) + value) | 0));
  }
  return hex(state);
}

function word(words: Int32Array, at: number): number {
  return words[at] ?? 0;
}

function sha1Mix(round: number, b: number, c: number, d: number): [number, number] {
  if (round < 20) return [(b & c) | (~b & d), 0x5a827999];
  if (round < 40) return [b ^ c ^ d, 0x6ed9eba1];
  if (round < 60) return [(b & c) | (b & d) | (c & d), 0x8f1bbcdc];
  return [b ^ c ^ d, 0xca62c1d6];
}

/** The first primes; SHA-2 takes its constants from the fractions of their roots. */
function primes(count: number): bigint[] {
  const found: bigint[] = [];
  for (let candidate = 2n; found.length < count; candidate++) {
    if (found.every((prime) => candidate % prime !== 0n)) found.push(candidate);
  }
  return found;
}

/** The first 64 bits of the fraction of the square or cube root of a prime. */
function rootFraction(prime: bigint, root: 2n | 3n): bigint {
  const target = prime << (64n * root);
  let low = 0n;
  let high = prime << 64n;
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** root <= target) low = middle;
    else high = middle - 1n;
  }
  return BigInt.asUintN(64, low);
}

const sha512Constants = primes(80).map((prime) => rootFraction(prime, 3n));
const sha512Start = primes(8).map((prime) => rootFraction(prime, 2n));
const sha256Constants = sha512Constants.slice(0, 64).map((value) => Number(value >> 32n) | 0);
const sha256Start = sha512Start.map((value) => Number(value >> 32n) | 0);

export function sha256(bytes: Uint8Array): string {
  const view = padded(bytes, 64, 8, false);
  const state = [...sha256Start];
  const words = new Int32Array(64);
  for (let offset = 0; offset < view.byteLength; offset += 64) {
    for (let at = 0; at < 16; at++) words[at] = view.getInt32(offset + at * 4);
    for (let at = 16; at < 64; at++) {
      const [x, y] = [word(words, at - 15), word(words, at - 2)];
      const s0 = rotateRight(x, 7) ^ rotateRight(x, 18) ^ (x >>> 3);
      const s1 = rotateRight(y, 17) ^ rotateRight(y, 19) ^ (y >>> 10);
      words[at] = (word(words, at - 16) + s0 + word(words, at - 7) + s1) | 0;
    }
    sha256Rounds(state, words);
  }
  return hex(state);
}

function sha256Rounds(state: number[], words: Int32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let round = 0; round < 64; round++) {
    const s1 = rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25);
    const choice = (e & f) ^ (~e & g);
    const first = (h + s1 + choice + (sha256Constants[round] ?? 0) + word(words, round)) | 0;
    const s0 = rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22);
    const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((value, at) => (state[at] = ((state[at] ?? 0) + value) | 0));
}

function rotateRight64(value: bigint, bits: bigint): bigint {
  return BigInt.asUintN(64, (value >> bits) | (value << (64n - bits)));
}

export function sha512(bytes: Uint8Array): string {
  const view = padded(bytes, 128, 16, false);
  const state = [...sha512Start];
  for (let offset = 0; offset < view.byteLength; offset += 128) {
    const words: bigint[] = [];
    for (let at = 0; at < 16; at++) words.push(view.getBigUint64(offset + at * 8));
    for (let at = 16; at < 80; at++) {
      const [x, y] = [words[at - 15] ?? 0n, words[at - 2] ?? 0n];
      const s0 = rotateRight64(x, 1n) ^ rotateRight64(x, 8n) ^ (x >> 7n);
      const s1 = rotateRight64(y, 19n) ^ rotateRight64(y, 61n) ^ (y >> 6n);
      words.push(BigInt.asUintN(64, (words[at - 16] ?? 0n) + s0 + (words[at - 7] ?? 0n) + s1));
    }
    sha512Rounds(state, words);
  }
  return state.map((value) => value.toString(16).padStart(16, '0')).join('');
}

function sha512Rounds(state: bigint[], words: readonly bigint[]): void {
  let [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n, g = 0n, h = 0n] = state;
  words.forEach((value, round) => {
    const s1 = rotateRight64(e, 14n) ^ rotateRight64(e, 18n) ^ rotateRight64(e, 41n);
    const choice = (e & f) ^ (BigInt.asUintN(64, ~e) & g);
    const first = h + s1 + choice + (sha512Constants[round] ?? 0n) + value;
    const s0 = rotateRight64(a, 28n) ^ rotateRight64(a, 34n) ^ rotateRight64(a, 39n);
    const second = s0 + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e] = [g, f, e, BigInt.asUintN(64, d + first)];
    [d, c, b, a] = [c, b, a, BigInt.asUintN(64, first + second)];
  });
  [a, b, c, d, e, f, g, h].forEach((value, at) => {
    state[at] = BigInt.asUintN(64, (state[at] ?? 0n) + value);
  });
}
