/** Typed rendering, deep rendering, truth of rendered text and conversion of properties. */
import { beforeAll, describe, expect, it } from 'vitest';
import { DurationValue } from '../../src/expression/date-value.ts';
import { convertProperty } from '../../src/expression/property.ts';
import { settle } from '../../src/expression/pending.ts';
import {
  hasExpression,
  isTruthy,
  render,
  renderDeep,
  renderTyped,
} from '../../src/expression/render.ts';
import { fromPlain, toPlain } from '../../src/expression/value.ts';
import { scope } from './rendering.ts';

// The first render loads the parser.
beforeAll(async () => settle(() => render('{{ 1 }}', scope)));

describe('renderTyped', () => {
  it.each([
    ['{{ count }}', 7n],
    ['{{ ratio }}', 2.5],
    ['{{ yes }}', true],
    ['{{ nothing }}', null],
    ['{{ count + 1 }}{# note #}', 8n],
    ['{% set x = count %}{{ x }}', 7n],
    ['{% if yes %}{{ count }}{% endif %}', 7n],
    ['{% if no %}x{% endif %}', null],
    ['{{ nothing }}{{ count }}', 7n],
    ['{{ city }}!', 'Lyon!'],
    ['{{ count }} ', '7 '],
    ['{{ count }}{{ count }}', '77'],
    ['plain', 'plain'],
    ["{{ '5' }}", '5'],
  ])('%s', (template, expected) => {
    expect(renderTyped(template, scope)).toEqual(expected);
  });

  it('keeps lists and maps as they are', () => {
    expect(renderTyped('{{ digits }}', scope)).toEqual([3n, 1n, 2n]);
    expect(toPlain(renderTyped('{{ person.home }}', scope))).toEqual({ town: 'Metz' });
  });

  it.each(['{{ count }} ', '{{ city }}{{ city }}', 'x{{ count }}', '{{ 1 }}{{ 2.0 }}'])(
    'refuses to join in strict mode: %s',
    (template) => {
      expect(() => renderTyped(template, scope, { strict: true })).toThrow(/Tried to add/);
    },
  );
});

describe('renderDeep', () => {
  it('renders texts and keys and leaves the rest', () => {
    const value = fromPlain({ '{{ city }}': ['{{ count }}', 1, true, null], Lyon: 'second' });
    expect(toPlain(renderDeep(value, scope))).toEqual({ Lyon: ['7', 1, true, null] });
    expect(toPlain(renderDeep(fromPlain(['{{ count }}']), scope, 'typed'))).toEqual([7]);
  });
});

describe('truth of rendered text', () => {
  it.each(['', 'false', '0', '-0', '  ', ' false '])('%j does not hold', (text) => {
    expect(isTruthy(text)).toBe(false);
  });

  it.each(['true', 'False', '0.0', 'no', '00'])('%j holds', (text) => {
    expect(isTruthy(text)).toBe(true);
  });

  it('sees white space when told not to trim', () => {
    expect(isTruthy(' ', { trim: false })).toBe(true);
  });
});

it('knows a text that has something to render', () => {
  expect(hasExpression('a {{ b }}')).toBe(true);
  expect(hasExpression('{% set a = 1 %}')).toBe(true);
  expect(hasExpression('{ a }}')).toBe(false);
});

describe('properties', () => {
  it.each([
    ['7', 'integer', 7n],
    [7n, 'integer', 7n],
    [7, 'integer', 7n],
    [' 2.5 ', 'number', 2.5],
    [7n, 'number', 7],
    ['True', 'boolean', true],
    [false, 'boolean', false],
    ['PT1H2.5S', 'duration', new DurationValue(3602, 500_000_000)],
    ['-PT0.5S', 'duration', new DurationValue(-1, 500_000_000)],
    ['P1WT1S', 'duration', new DurationValue(604_801)],
    ['["Lyon"]', 'list', ['Lyon']],
    [[1n], 'list', [1n]],
    ['{}', 'map', new Map()],
  ] as const)('reads %s as %s', (value, type, expected) => {
    expect(convertProperty(value, type)).toEqual(expected);
  });

  it.each([
    ['x', 'integer'],
    ['1.5', 'integer'],
    [1.5, 'integer'],
    [null, 'integer'],
    ['P', 'duration'],
    ['P1Y', 'duration'],
    ['{}', 'list'],
    ['[', 'list'],
    [[], 'map'],
    ['yes', 'boolean'],
    [1n, 'boolean'],
    ['', 'number'],
    [true, 'number'],
  ] as const)('refuses %s as %s', (value, type) => {
    expect(() => convertProperty(value, type)).toThrow();
  });
});
