/** Random numbers and identifiers, all drawn from the host's clock and randomness. */
import {
  type Args,
  type Call,
  fn,
  type FunctionDefinition,
  integerArgument,
} from '../definition.ts';
import { argumentError, evaluationError } from '../error.ts';
import type { Host } from '../host.ts';
import type { Value } from '../value.ts';

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const urlSafe = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';

function randomByte(host: Host): number {
  return Math.floor(host.random() * 256);
}

function randomBytes(host: Host, length: number): number[] {
  return Array.from({ length }, () => randomByte(host));
}

function hex(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The 16 bytes of a random UUID: version 4, variant 2. */
function uuidBytes(host: Host): number[] {
  const bytes = randomBytes(host, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes;
}

function uuid(_args: Args, call: Call): Value {
  const text = hex(uuidBytes(call.run.host));
  return [
    text.slice(0, 8),
    text.slice(8, 12),
    text.slice(12, 16),
    text.slice(16, 20),
    text.slice(20),
  ].join('-');
}

function inBase62(value: bigint, width: number): string {
  let text = '';
  for (let rest = value; rest > 0n; rest /= 62n) text = base62.charAt(Number(rest % 62n)) + text;
  return text.padStart(width, '0');
}

function id(_args: Args, call: Call): Value {
  return inBase62(BigInt(`0x${hex(uuidBytes(call.run.host))}`), 22);
}

const ksuidEpochSeconds = 1_400_000_000;

/** A KSUID: 4 bytes of seconds since its epoch, 16 random bytes, as 27 base62 characters. */
function ksuid(_args: Args, call: Call): Value {
  const { host } = call.run;
  const seconds = Math.max(0, Math.floor(host.now() / 1000) - ksuidEpochSeconds);
  const value = (BigInt(seconds) << 128n) | BigInt(`0x${hex(randomBytes(host, 16))}`);
  return inBase62(value, 27);
}

function nanoId(args: Args, call: Call): Value {
  const [lengthArgument = 21n, alphabetArgument = urlSafe] = args;
  const message = "The 'nanoId' function expects an integer as argument 'length'.";
  const length = integerArgument(lengthArgument, message);
  if (typeof alphabetArgument !== 'string' || alphabetArgument === '') {
    throw argumentError("The 'nanoId' function expects a text as argument 'alphabet'.", 'alphabet');
  }
  if (length < 1) throw argumentError(message, 'length');
  call.run.budget.text(length);
  call.run.budget.spend(length);
  const { host } = call.run;
  const pick = (): string =>
    alphabetArgument.charAt(Math.floor(host.random() * alphabetArgument.length));
  return Array.from({ length }, pick).join('');
}

function randomInt(args: Args, call: Call): Value {
  const bounds = ['lower', 'upper'].map((name, index) => {
    const value = args[index];
    if (typeof value === 'bigint') return value;
    throw argumentError(
      `The 'randomInt' function expects an argument ${name} with type Integer.`,
      name,
    );
  });
  const [lower = 0n, upper = 0n] = bounds;
  if (upper < lower) throw evaluationError(`upper is less than lower: ${upper} < ${lower}`);
  return lower + BigInt(Math.floor(call.run.host.random() * Number(upper - lower)));
}

const portMin = 1024;
const portMax = 65_535;

function randomPort(_args: Args, call: Call): Value {
  return BigInt(portMin + Math.floor(call.run.host.random() * (portMax - portMin + 1)));
}

export const randomFunctions: readonly (readonly [string, FunctionDefinition])[] = [
  ['id', fn('', id)],
  ['ksuid', fn('', ksuid)],
  ['nanoId', fn('length?: integer, alphabet?: string', nanoId)],
  ['randomInt', fn('lower: integer, upper: integer', randomInt)],
  ['randomPort', fn('', randomPort)],
  ['uuid', fn('', uuid)],
];
