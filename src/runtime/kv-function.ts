/**
 * `kv(key, namespace?, errorOnMissing?)` of expressions. Without a namespace the flow's own is looked
 * at and then those above it; a namespace that is named is looked at alone.
 *
 * A key that is missing is null unless `errorOnMissing` is true, as in the releases whose behaviour
 * was recorded; later ones fail by default.
 */
import { ExpressionError } from '../expression/error.ts';
import { Pending } from '../expression/pending.ts';
import type { Value, ValueMap } from '../expression/value.ts';
import { findPair, readPair, wrongName } from './key-values.ts';
import type { Runtime } from './runtime.ts';

/** What was read stays for the rounds of a render. */
export function kvFunction(
  stores: Pick<Runtime, 'keyValues' | 'blobs' | 'clock'>,
  own: string,
): (args: ValueMap) => Value {
  const read = new Map<string, Value | undefined>();
  return (args) => {
    const key = textOf(args, 'key');
    const isNamed = (args.get('namespace') ?? null) !== null;
    const namespace = isNamed ? textOf(args, 'namespace') : own;
    const mustBeThere = failsOnMissing(args);
    const wrong = wrongName(namespace, key);
    if (wrong !== undefined) throw new ExpressionError('argument', wrong, { subject: key });
    const name = `kv:${isNamed ? namespace : ''}:${key}`;
    if (!read.has(name)) {
      throw new Pending(name, async () => {
        const pair = await (isNamed ? readPair : findPair)(stores, namespace, key);
        read.set(name, pair?.value);
      });
    }
    const value = read.get(name);
    if (value !== undefined) return value;
    if (!mustBeThere) return null;
    const message = `The key '${key}' does not exist in the namespace '${namespace}'.`;
    throw new ExpressionError('host', message, { subject: key });
  };
}

function textOf(args: ValueMap, name: string): string {
  const value = args.get(name);
  if (typeof value !== 'string') throw new ExpressionError('argument', `'${name}' must be a text`);
  return value;
}

function failsOnMissing(args: ValueMap): boolean {
  const value = args.get('errorOnMissing') ?? false;
  if (typeof value === 'boolean') return value;
  throw new ExpressionError('argument', "'errorOnMissing' must be true or false");
}
