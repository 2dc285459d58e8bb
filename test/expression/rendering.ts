/** What the tests of the language share: one context, one host, and tables in text. */
import { expect, it } from 'vitest';
import { DateValue } from '../../src/expression/date-value.ts';
import { ExpressionError } from '../../src/expression/error.ts';
import { type Host, noHost } from '../../src/expression/host.ts';
import { settle } from '../../src/expression/pending.ts';
import { render, type Scope } from '../../src/expression/render.ts';
import { fromPlain, type Value, type ValueMap } from '../../src/expression/value.ts';

const plainContext = {
  count: 7,
  ratio: 2.5,
  city: 'Lyon',
  yes: true,
  no: false,
  nothing: null,
  digits: [3, 1, 2],
  blank: [],
  person: { name: 'Ida', age: 30, tags: ['x', 'y'], home: { town: 'Metz' }, gone: null },
  nested: '{{ city }}',
};

/** 2024-05-06 07:08:09.5 in Paris. */
const meeting = new DateValue('zoned', {
  epochSecond: 1_714_972_089,
  nano: 500_000_000,
  offsetSeconds: 7200,
  region: 'Europe/Paris',
});

export const context: ValueMap = new Map<string, Value>([
  ...(fromPlain(plainContext) as ValueMap),
  ['meeting', meeting],
]);

const host: Host = { ...noHost, now: () => 1_700_000_000_000, random: () => 0.25 };

export const scope: Scope = { variables: context, host };

/** The text a template renders to, or `kind: message` of its error. */
export async function outcome(template: string, within: Scope = scope): Promise<string> {
  try {
    return await settle(() => render(template, within));
  } catch (error) {
    if (error instanceof ExpressionError) return `${error.kind}: ${error.message}`;
    throw error;
  }
}

/**
 * A table of behaviours: a template, `=>` and what it renders to, one per line. `\n` in either side
 * stands for a line break; a right side that starts with `!` is the beginning of an error.
 */
export function table(rows: string, within: Scope = scope): void {
  for (const row of rows.split('\n').filter((line) => line.trim() !== '')) {
    const at = row.lastIndexOf(' => ');
    const template = row.slice(0, at).trim().replaceAll('\\n', '\n');
    const expected = row
      .slice(at + 4)
      .trim()
      .replaceAll('\\n', '\n');
    it(`${template} => ${expected}`, async () => {
      const actual = await outcome(template, within);
      if (expected.startsWith('!')) expect(actual).toMatch(startingWith(expected.slice(1).trim()));
      else expect(actual).toBe(expected === '(nothing)' ? '' : expected);
    });
  }
}

function startingWith(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`);
}
