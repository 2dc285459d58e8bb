/** What a mask finds, and what it leaves alone. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMask } from '../../src/runtime/mask.ts';

function masking(...values: readonly string[]): (text: string) => string {
  const mask = createMask();
  for (const value of values) mask.hide(value);
  return mask.apply;
}

const value = 'hunter"22/x';

describe('a value is found', () => {
  it.each([
    ['as it is', `a ${value} b ${value}`, 'a ******** b ********'],
    ['in JSON', JSON.stringify({ value }), '{"value":"********"}'],
    ['in a URL', `?q=${encodeURIComponent(value)}&r=1`, '?q=********&r=1'],
    ['in a form', `q=${new URLSearchParams({ q: value }).toString()}&r=1`, 'q=q=********&r=1'],
    ['in a URL in small letters', encodeURIComponent(value).toLowerCase(), '********'],
    ['in JSON in JSON', JSON.stringify(JSON.stringify([value])), '"[\\"********\\"]"'],
    ['in base64', `x ${btoa(value)} y`, 'x ******** y'],
    ['broken over lines', `a ${value.slice(0, 4)}  \r\n\t${value.slice(4)} b`, 'a ******** b'],
    ['in broken base64', `${btoa(value).slice(0, 6)}\n${btoa(value).slice(6)}`, '********'],
  ])('%s', (_, text, shown) => {
    expect(masking(value)(text)).toBe(shown);
  });

  it.each([0, 1, 2, 3, 4])(
    'in base64 of a text that it is in the middle of, after %i bytes',
    (n) => {
      const shown = masking(value)(btoa(`${'u'.repeat(n)}${value}:tail`));
      expect(shown).toMatch(/^\w*\*{8}\w*=*$/);
      // The characters that are left have no bit of it: six bits each, eight in a byte.
      const [before = '', after = ''] = shown.replaceAll('=', '').split('********');
      expect(before.length).toBeLessThanOrEqual((n * 8) / 6);
      expect(after.length).toBeLessThanOrEqual(Math.ceil((':tail'.length * 8) / 6));
    },
  );

  it('in URL-safe base64', () => {
    const odd = '??>>??>>';
    expect(masking(odd)(Buffer.from(odd).toString('base64url'))).toBe('********');
  });

  it('by each of its longer lines', () => {
    const lines = '-----BEGIN KEY-----\nMIIEvQIBADANBg\nabc\n-----END KEY-----\n';
    const apply = masking(lines);
    expect(apply(`a\n${lines}`)).toBe('a\n********');
    expect(apply('it has MIIEvQIBADANBg in it, and abc')).toBe('it has ******** in it, and abc');
  });

  it('by each text of a JSON object', () => {
    const apply = masking('{"user": "anna", "password": "p4ss", "port": 5432}');
    expect(apply('anna:p4ss@db:5432')).toBe('********:********@db:5432');
  });
});

it('two that overlap leave nothing between', () => {
  expect(masking('abcdef', 'defghi')('x abcdefghi y')).toBe('x ******** y');
});

it.each(['', 'a', 'ab', '  a  ', '\n\n\n'])('what is as short as %j is not hidden', (short) => {
  expect(masking(short)(`a ab abc   a  \n\n\n`)).toBe(`a ab abc   a  \n\n\n`);
});

it('what was not read is left alone', () => {
  expect(masking()(value)).toBe(value);
});

it('never shows a hidden value, in whatever text it stands', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 });
  fc.assert(
    fc.property(text, fc.string({ minLength: 3, maxLength: 20 }), text, (before, hidden, after) => {
      fc.pre(hidden.trim().length >= 3 && !'********'.includes(hidden));
      const shown = masking(hidden)(before + hidden + after);
      expect(shown).toContain('********');
      expect(shown.replaceAll('********', '\0')).not.toContain(hidden);
    }),
  );
});

it('takes time in proportion to the text', () => {
  const apply = masking(value, 'aaa');
  const startedAt = performance.now();
  apply(`${' '.repeat(300_000)}\n${'a'.repeat(300_000)}\n`);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});
