/** Texts made of a secret: sealed in values, opened for expressions, masked for people. */
import { generateKeySync } from 'node:crypto';
import { expect, test } from 'vitest';
import { fromPlain, toPlain, type Value } from '../../src/expression/value.ts';
import { encrypt } from '../../src/runtime/crypto.ts';
import { LazyMap } from '../../src/runtime/lazy-map.ts';
import { createSecrets } from '../../src/runtime/secrets.ts';
import { shownTexts } from '../../src/runtime/sealed-texts.ts';

const key = generateKeySync('aes', { length: 256 });
const hidden = 'hunter2-of-the-database';
const plain = {
  token: `Bearer ${hidden}`,
  list: [hidden, 'harmless', 7, { [hidden]: `${hidden}/${hidden}` }],
  other: 'harmless',
};

function sealed(value: unknown = plain): Value {
  const secrets = createSecrets(key);
  secrets.hide(hidden);
  return secrets.sealTexts(fromPlain(value));
}

test('nothing of it is left, and an expression has it back', () => {
  const kept = sealed();
  expect(JSON.stringify(toPlain(kept))).not.toContain(hidden);
  expect(toPlain(createSecrets(key).reveal(kept))).toEqual(plain);
});

test('people see what is harmless', () => {
  expect(toPlain(shownTexts(sealed()))).toEqual({
    token: 'Bearer ********',
    list: ['********', 'harmless', 7, { '********': '********/********' }],
    other: 'harmless',
  });
});

test('whoever opens it hides it from then on, and not what stands beside it', () => {
  const { reveal, mask } = createSecrets(key);
  reveal(sealed());
  expect(mask(`Bearer, ${hidden} and ${btoa(hidden)}`)).toBe('Bearer, ******** and ********');
});

test('a value without it is the same one', () => {
  const { sealTexts, reveal, hide } = createSecrets(key);
  hide(hidden);
  const value = fromPlain({ a: ['b', { c: 1 }] });
  expect(sealTexts(value)).toBe(value);
  expect(reveal(value)).toBe(value);
});

test('names that a flow declares stay, though they are as a secret is', () => {
  expect(toPlain(shownTexts(sealed({ [hidden]: 1 })))).toEqual({ [hidden]: 1 });
});

test('a map that is made on demand stays so', () => {
  const asked: string[] = [];
  const value = sealed({ a: hidden }) as ReadonlyMap<string, Value>;
  const lazy = new LazyMap({
    get: (name) => {
      asked.push(name);
      return value.get(name);
    },
    keys: () => value.keys(),
  });
  const revealed = createSecrets(key).reveal(lazy);
  expect(asked).toEqual([]);
  expect(revealed.get('a')).toBe(hidden);
});

test.each([
  ['of another key', () => sealed('x' + hidden), generateKeySync('aes', { length: 256 })],
  ['of a SECRET input', () => `baton-sealed:${encrypt(key, hidden)}:x`, key],
  ['of nobody', () => 'baton-sealed:AAAA:x', key],
  ['that only begins so', () => 'baton-sealed:', key],
])('what is %s is data', (_, make, opening) => {
  const text = make();
  expect(createSecrets(opening).reveal(text)).toBe(text);
});

test('without a key values are kept as they are', () => {
  const { sealTexts, hide } = createSecrets(undefined);
  hide(hidden);
  expect(sealTexts(hidden)).toBe(hidden);
});
