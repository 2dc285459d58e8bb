/** Plain data to values and back, JSON in both directions, and values that arrive late. */
import { describe, expect, it } from 'vitest';
import {
  DurationValue,
  durationText,
  instantOf,
  dateText,
} from '../../src/expression/date-value.ts';
import { readJson, readJsonPrefix, writeJson } from '../../src/expression/json.ts';
import { noHost } from '../../src/expression/host.ts';
import { Pending, settle } from '../../src/expression/pending.ts';
import { render } from '../../src/expression/render.ts';
import { fromPlain, toPlain, type Value } from '../../src/expression/value.ts';

describe('plain data', () => {
  it('keeps integers apart from doubles and keys as they are', () => {
    const plain = JSON.parse('{"a":1,"b":1.5,"__proto__":{"x":[null,true,"s"]},"1":0}');
    const value = fromPlain(plain) as ReadonlyMap<string, Value>;
    expect(value.get('a')).toBe(1n);
    expect(value.get('b')).toBe(1.5);
    expect([...value.keys()]).toContain('__proto__');
    const back = toPlain(value) as object;
    expect(Object.getPrototypeOf(back)).toBeNull();
    expect(JSON.stringify(back)).toBe(JSON.stringify(plain));
  });

  it('turns integers too large for a number into text', () => {
    expect(toPlain([2n ** 53n, 2n ** 53n - 1n])).toEqual(['9007199254740992', 2 ** 53 - 1]);
  });

  it.each([[new Date(0)], [() => 1], [Symbol('x')], [new (class Box {})()], [new Map([[1, 2]])]])(
    'refuses %s',
    (plain) => {
      expect(() => fromPlain(plain)).toThrow(TypeError);
    },
  );
});

describe('JSON', () => {
  it.each([
    '{"a":1,"b":1.0,"c":[null,true,"x\\n\\u0001"],"d":{}}',
    '[1.0E7,1.0E-4,3.5,-0.0,12345678901234567890]',
    '"é/"',
    '{"__proto__":1,"constructor":2}',
  ])('round trip %s', (text) => {
    expect(writeJson(readJson(text))).toBe(text);
  });

  it.each([
    '',
    '{',
    '[1,]',
    '{"a" 1}',
    '01',
    '1.',
    '"a',
    'nul',
    '[1] 2',
    '{a:1}',
    '"\\x"',
    '\u00a01',
  ])('refuses %j', (text) => {
    expect(() => readJson(text)).toThrow(/line 1, column/);
  });

  it('reads a prefix and says where it ends', () => {
    expect(readJsonPrefix(' [1] rest')).toEqual({ value: [1n], end: 4 });
  });

  it('bounds nesting', () => {
    expect(() => readJson('['.repeat(5_000))).toThrow(/nesting/);
  });
});

describe('dates and durations as text', () => {
  it.each([
    [0, 0, 'PT0S'],
    [3661, 0, 'PT1H1M1S'],
    [-1, 500_000_000, 'PT-0.5S'],
    [5, 120_000_000, 'PT5.12S'],
  ])('%d s %d ns is %s', (seconds, nano, expected) => {
    expect(durationText(new DurationValue(seconds, nano))).toBe(expected);
  });

  it('prints instants', () => {
    expect(dateText(instantOf(1_500))).toBe('1970-01-01T00:00:01.500Z');
    expect(dateText(instantOf(-1))).toBe('1969-12-31T23:59:59.999Z');
  });
});

/** A map that has to fetch its values first. */
class LateMap extends Map<string, Value> {
  fetches = 0;
  readonly #source: ReadonlyMap<string, Value>;
  readonly #here = new Set<string>();

  constructor(source: ReadonlyMap<string, Value>) {
    super();
    this.#source = source;
  }

  override get(key: string): Value | undefined {
    if (this.#here.has(key)) return this.#source.get(key);
    throw new Pending(`late:${key}`, async () => {
      this.fetches++;
      this.#here.add(key);
    });
  }

  override has(key: string): boolean {
    return this.get(key) !== undefined;
  }
}

describe('late values', () => {
  const source = new Map<string, Value>([['a', new Map<string, Value>([['b', 1n]])]]);

  it.each([
    ['{{ a.b }}', '1'],
    ['{{ gone ?? a.b }}', '1'],
    ['{{ gone is defined }}{{ a is defined }}', 'falsetrue'],
    ['{% if a.b == 1 %}y{% endif %}', 'y'],
    ["{{ gone | default('d') }}", 'd'],
    ["{{ render('{{ a.b }}') }}", '1'],
  ])('%s waits for what it reads', async (template, expected) => {
    const variables = new LateMap(source);
    const text = await settle(() => render(template, { variables, host: noHost }));
    expect(text).toBe(expected);
    expect(variables.fetches).toBeGreaterThan(0);
  });

  it('reads only what is referred to', async () => {
    const variables = new LateMap(source);
    await settle(() => render('{{ false and other }}{{ a.b }}', { variables, host: noHost }));
    expect(variables.fetches).toBe(1);
  });

  it('does not wait for ever', async () => {
    const never = (): never => {
      throw new Pending('never', () => Promise.resolve());
    };
    await expect(settle(never)).rejects.toThrow(/broken invariant/);
  });
});
