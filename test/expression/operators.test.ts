/** Operators: precedence, numbers, overloads, logic and coalescing, as tables. */
import { describe } from 'vitest';
import { scope, table } from './rendering.ts';

describe('precedence', () => {
  table(`
    {{ 1 + 2 * 3 }} => 7
    {{ 'a' ~ 'b' | upper }} => AB
    {{ 1 + 2 | abs ~ 'x' }} => 12x
    {{ gone ?? 'a' ~ 'b' }} => ab
    {{ 1 + nothing ?? 2 }} => 3
    {{ gone ?? 'd' == 'd' }} => true
    {{ gone | upper ?? 'd' }} => d
    {{ 2 + 3 is odd }} => true
    {{ 10 - 3 - 2 }} => 5
    {{ not no and yes }} => true
    {{ yes ? 1 : no ? 2 : 3 }} => 1
    {{ (yes ? no : yes) ? 1 : 2 }} => 2
    {{ -count + 1 }} => -6
  `);
});

describe('precedence from 2.0 on', () => {
  table(
    `
    {{ gone ?? 'a' ~ 'b' }} => ab
    {{ 'x' ~ 'y' ?? 'd' }} => xy
    {{ nothing ?? 1 + 2 }} => 3
    {{ 'a' < 'b' }} => true
    {{ count - 7 ?? 9 }} => 0
  `,
    { ...scope, dialect: '2.0' },
  );
});

describe('numbers', () => {
  table(`
    {{ 7 / 2 }} {{ -7 / 2 }} {{ -7 % 3 }} => 3 -3 -1
    {{ 1.5 * 2 }} {{ 7 / 2.0 }} => 3.0 3.5
    {{ 9223372036854775807 + 1 }} => -9223372036854775808
    {{ 1.0 / 0 }} {{ 0.0 / 0 }} => Infinity NaN
    {{ 1 / 0 }} => ! evaluation: Could not perform division
    {{ 'a' * 2 }} => ! evaluation: Could not perform multiplication
    {{ nothing + 1 }} => ! evaluation: Could not perform addition
    {{ 9007199254740993 + 0 }} => 9007199254740993
    {{ '12.50' | number('BIGDECIMAL') }} => 12.50
    {{ ('12.50' | number('BIGDECIMAL')) * 2 }} => 25.00
    {{ 9223372036854775808 }} => ! evaluation: For input string
  `);
});

describe('texts and collections', () => {
  table(`
    {{ 'a' + nothing }} {{ 'a' ~ nothing }}. => anull a.
    {{ digits ~ person.home }} => [3, 1, 2]{town=Metz}
    {{ digits + 4 }} {{ digits + [4, 5] }} => [3,1,2,4] [3,1,2,4,5]
    {{ digits - 1 }} {{ digits - [1, 2] }} => [3,2] [3]
    {{ {'a': 1} + {'b': 2} }} => ! evaluation: Could not perform addition
    {{ 1..4 }} {{ 4..1 }} {{ 'a'..'c' }} => [1,2,3,4] [] ["a","b","c"]
    {{ digits contains 1 }} {{ digits contains [1, 9] }} {{ person contains 'name' }} => true false true
    {{ 'Lyon' contains 'yo' }} {{ nothing contains 1 }} => true false
    {{ 'x' isIn person.tags }} {{ 'Metz' isIn person.home }} {{ nothing isIn digits }} => true true false
    {{ count contains 1 }} => ! evaluation: Contains operator
  `);
});

describe('equality and order', () => {
  table(`
    {{ 1 == 1.0 }} {{ 1 == '1' }} {{ nothing == null }} => true false true
    {{ [1, 'a'] == [1, 'a'] }} {{ {'a': [1]} equals {'a': [1]} }} => true true
    {{ count != 7 }} {{ count >= 7 }} {{ nothing > 1 }} => false true false
    {{ 'a' < 'b' }} => ! evaluation: Could not perform greater modulus
    {{ 1 < 2 < 3 }} => ! evaluation: Could not perform greater modulus
  `);
});

describe('logic', () => {
  table(`
    {{ yes and 'x' }} {{ '' or 0 }} {{ no and gone }} {{ yes or gone }} => true false false true
    {{ nothing and yes }} => ! evaluation: null value used in and operator
    {{ digits or yes }} => ! evaluation: Unsupported value type ArrayList
    {{ not nothing }} => ! evaluation: null value given to not()
    {{ nothing ? 1 : 2 }} {{ '' ? 1 : 2 }} => 2 2
  `);
});

describe('coalescing', () => {
  table(`
    {{ gone ?? 'd' }} {{ nothing ?? 'd' }} {{ person.gone ?? 'd' }} {{ digits[9] ?? 'd' }} => d d d d
    {{ nothing ??? 'd' }}. {{ gone ??? 'd' }} => . d
    {{ gone.a.b[c].d ?? 'd' }} {{ person[gone] ?? 'd' }} => d d
    {{ 0 ?? 1 }} {{ no ?? 1 }} => 0 false
    {{ (gone ~ 'x') ?? 'd' }} {{ (gone | upper) ?? 'd' }} => d d
    {{ (gone + 1) ?? 'd' }} => ! evaluation: Could not perform addition
    {{ (gone == 1) ?? 'd' }} => ! evaluation: Could not perform equals comparison
    {{ (city | nope) ?? 'd' }} => ! unknown-filter: Filter [nope] does not exist.
    {{ render('{{ gone }}') ?? 'd' }} => ! undefined: Unable to find
    {{ person[0] ?? 'd' }} => ! evaluation: type class java.lang.String not supported
  `);
});
