/**
 * Texts with a secret in them, inside of values: encrypted wherever the value is kept or sent, opened
 * where an expression reads it, masked where people see it. What is kept says all three: a mark, the
 * ciphertext, and the text with the secret masked.
 *
 * They travel as they are through records, messages and other executions; only variables of
 * expressions open them. The purpose keeps them apart from sealed inputs, which clients see: nobody
 * can hand one of those in to have it opened here.
 */
import type { KeyObject } from 'node:crypto';
import { isList, isMap, type Value } from '../expression/value.ts';
import { decrypt, encrypt } from './crypto.ts';
import { LazyMap } from './lazy-map.ts';

const mark = 'baton-sealed:';
const form = /^baton-sealed:([A-Za-z0-9+/]+={0,2}):/;
const purpose = 'text';

export function sealText(key: KeyObject, clear: string, masked: string): string {
  return `${mark}${encrypt(key, clear, purpose)}:${masked}`;
}

/** Undefined where it is no such text, or of another key. */
export function openText(key: KeyObject, text: string): string | undefined {
  const [, cipher] = text.startsWith(mark) ? (form.exec(text) ?? []) : [];
  return cipher === undefined ? undefined : decrypt(key, cipher, purpose);
}

/** As people see it. */
export function shownTexts(value: Value): Value {
  return withTexts(value, shownText);
}

export function shownText(text: string): string {
  return text.startsWith(mark) ? text.replace(form, '') : text;
}

/**
 * The same value where no text changes. Maps that are made on demand stay so. `depth`: keys of the
 * outermost map are names that a flow declares.
 */
export function withTexts(value: Value, change: (text: string) => string, depth = 0): Value {
  if (typeof value === 'string') return change(value);
  const below = (item: Value): Value => withTexts(item, change, depth + 1);
  if (value instanceof LazyMap) {
    return new LazyMap({
      get: (key) => {
        const item = value.get(key);
        return item === undefined ? undefined : below(item);
      },
      keys: () => value.keys(),
    });
  }
  if (isList(value)) {
    const list = value.map(below);
    return list.some((item, index) => item !== value[index]) ? list : value;
  }
  if (!isMap(value)) return value;
  let isSame = true;
  const map = new Map<string, Value>();
  for (const [key, item] of value.entries()) {
    const changed = [depth === 0 ? key : change(key), below(item)] as const;
    isSame &&= changed[0] === key && changed[1] === item;
    map.set(...changed);
  }
  return isSame ? value : map;
}
