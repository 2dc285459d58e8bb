/** jq in its thread: the same answers as in place, and an end for programs that have none. */
import { describe, expect, it } from 'vitest';
import { ExpressionError } from '../../src/expression/error.ts';
import { type Host, noHost } from '../../src/expression/host.ts';
import type { Limits } from '../../src/expression/limits.ts';
import { settle } from '../../src/expression/pending.ts';
import { render } from '../../src/expression/render.ts';
import { fromPlain, type ValueMap } from '../../src/expression/value.ts';
import { jqOfHost } from '../../src/runtime/jq.ts';

const data = { name: 'Ida', tags: ['x', 'y'], whole: 1, half: 1.5, text: 'a\n"é"', none: null };
const threaded = (): Host => ({ ...noHost, jq: jqOfHost() });

async function outcome(
  template: string,
  {
    host = threaded(),
    limits = {},
    program = '',
  }: { host?: Host; limits?: Partial<Limits>; program?: string } = {},
): Promise<string> {
  const variables = fromPlain({ data, program }) as ValueMap;
  try {
    return await settle(() => render(template, { variables, host, limits }));
  } catch (error) {
    if (error instanceof ExpressionError) return `${error.kind} ${error.subject}: ${error.message}`;
    throw error;
  }
}

describe('answers', () => {
  it.each([
    ['.tags[]', '["x","y"]'],
    ['.', '[{"name":"Ida","tags":["x","y"],"whole":1,"half":1.5,"text":"a\\n\\"é\\""}]'],
    ['empty', '[]'],
    ['.whole # the end', '[1]'],
    ['first(range(10; infinite))', '[10]'],
  ])('%s', async (program, expected) => {
    const template = `{{ data | jq('${program}') }}`;
    expect(await outcome(template)).toBe(expected);
    expect(await outcome(template, { host: noHost })).toBe(await outcome(template));
  });

  it.each(['.[', 'error("no")', '.name + 1', 'nothing'])('failure of %s', async (program) => {
    const template = `{{ data | jq('${program}') }}`;
    const failure = await outcome(template);
    expect(failure).toMatch(/^evaluation undefined: jq failed: /);
    expect(await outcome(template, { host: noHost })).toBe(failure);
  });

  it('come to the program and the data they belong to', async () => {
    const template = `{% for i in 1..30 %}{{ [i, i * i] | jq('.[1] - .[0]') }}{% endfor %}{{ [2] | jq('.[1] - .[0]') }}`;
    expect(await outcome(template)).toBe(await outcome(template, { host: noHost }));
  });

  it('come to each of many renders at once', async () => {
    const renders = Array.from({ length: 20 }, (_, i) => outcome(`{{ [${i}] | jq('.[0] + 1') }}`));
    expect(await Promise.all(renders)).toEqual(renders.map((_, i) => `[${i + 1}]`));
  });
});

describe('limits', () => {
  it.each([
    ['jqMs', 'last(range(1e12))', { jqMs: 200 }],
    ['jqMs', 'def f: f; f', { jqMs: 200 }],
    ['jqMs', '[limit(3; repeat(1))] | until(false; .)', { jqMs: 200 }],
    ['jqBytes', 'def f: f, f; last(f)', {}],
    ['jqMs', 'last(repeat(1))', { jqMs: 200 }],
    ['jqMs', 'reduce range(1e12) as $i (0; . + $i)', { jqMs: 200 }],
    [
      'jqMs',
      '[recurse(if . < 1e9 then . + 1 else empty end; true)?] | while(true; .)',
      { jqMs: 200 },
    ],
    ['jqMs', 'first(range(1e12) | select(. < 0))', { jqMs: 200 }],
    ['jqMs', '("a" * 40) | test("(a*)*(a|aa)+(a+a+)+b")', { jqMs: 200 }],
    ['jqMs', 'until(false; .)', { jqMs: 200 }],
    [
      'jqMs',
      'label $out | foreach range(1e12) as $i (0; .; if $i < 0 then ., break $out else empty end)',
      { jqMs: 200 },
    ],
    ['jqBytes', '[limit(1e9; repeat(1))]', { jqBytes: 32_000_000 }],
    ['jqBytes', '[limit(1e9; repeat("x" * 1000))]', { jqBytes: 32_000_000 }],
    [
      'jqBytes',
      'reduce range(1e9) as $i (""; . + "xxxxxxxxxxxxxxxxxxxxxxxx")',
      { jqBytes: 32_000_000 },
    ],
    ['jqBytes', 'def f: 1 + f; f', {}],
    ['jqBytes', '[.] | until(false; . + .)', {}],
    ['jqBytes', '"x" | until(false; . + .)', {}],
    ['jqBytes', '[range(1e12)]', { jqBytes: 32_000_000 }],
    ['jqBytes', '[range(1e12)]', {}],
    ['jqBytes', '"x" * 1000000000', {}],
    ['jqBytes', 'def f: [f]; f', {}],
    ['outputCharacters', 'reduce range(30) as $i ([1]; [.,.])', { outputCharacters: 100_000 }],
    ['outputCharacters', 'limit(100000; repeat("x" * 1000))', { outputCharacters: 100_000 }],
    ['outputCharacters', '[range(100)]', { outputCharacters: 200 }],
    ['rangeSize', 'repeat(1)', { rangeSize: 1000 }],
  ])('%s: %s', async (name, program, limits) => {
    // How fast memory fills is up to the machine.
    const patience = name === 'jqMs' ? {} : { jqMs: 60_000 };
    const answer = await outcome(`{{ data | jq('${program}') | length }}`, {
      limits: { ...patience, ...limits },
    });
    // An endless stream is cut off rather than refused.
    if (name === 'rangeSize') expect(answer).toBe('1000');
    else expect(answer).toMatch(new RegExp(`^limit ${name}: .* exceeds the limit ${name} of `));
    expect(await outcome(`{{ data | jq('.name') }}`)).toBe('["Ida"]');
  });

  const deep = (open: string, close: string): string => open.repeat(20_000) + close.repeat(20_000);
  it.each([
    ['a program in parentheses', deep('(', ')')],
    ['a program in brackets', deep('[', ']')],
    ['a program of pipes', `.${' | .'.repeat(50_000)}`],
    ['a program of functions', `${'def f: 1; '.repeat(20_000)}f`],
    ['a program of comments', `1 #${'x'.repeat(1_000_000)}`],
    ['a deep text', `"${deep('[', ']')}" | fromjson`],
    ['a deep value', '[limit(20000; repeat(1))] | reduce .[] as $i (1; [.]) | tojson | fromjson'],
    ['a deep value as it is', 'reduce range(20000) as $i (1; [.])'],
    ['a deep path', 'setpath([range(20000) | 0]; 1)'],
    ['a far index', '.[1e9] = 1'],
    ['a huge index', '[] | .[536870911] = 1'],
  ])('ends in an answer or an error of ours: %s', async (_, program) => {
    // `outcome` passes on whatever else is thrown.
    const answer = await outcome(`{{ [] | jq(program) | length }}`, { program });
    expect(answer).toMatch(/^\d+$|^(limit|evaluation) /);
    expect(await outcome(`{{ data | jq('.name') }}`)).toBe('["Ida"]');
  });

  it('one allowance of time for all programs of a host', async () => {
    const slow = `jq('[range(300000)] | length')`;
    const template = `{% for i in 1..200 %}{{ [i] | ${slow} }}{% endfor %}`;
    expect(await outcome(template, { limits: { jqMs: 500 } })).toMatch(/^limit jqMs/);
  });

  it('hold in place too, but for time', async () => {
    const host = { ...noHost };
    expect(await outcome(`{{ data | jq('[range(1e12)]') }}`, { host })).toMatch(/^limit jqBytes/);
    expect(await outcome(`{{ data | jq('.name') }}`, { host })).toBe('["Ida"]');
  });
});
