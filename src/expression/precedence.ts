/**
 * How tightly operators bind. All binary operators are left associative. `??` and its kin bind
 * tighter than filters in the 1.x dialect and like a comparison from 2.0 on.
 */
import type { Dialect } from './ast.ts';

export const unaryPrecedence = 500;

const shared: readonly (readonly [string, number])[] = [
  ['..', 120],
  ['~', 110],
  ['|', 100],
  ['*', 60],
  ['/', 60],
  ['%', 60],
  ['+', 40],
  ['-', 40],
  ['==', 30],
  ['!=', 30],
  ['equals', 30],
  ['>', 30],
  ['<', 30],
  ['>=', 30],
  ['<=', 30],
  ['is', 20],
  ['is not', 20],
  ['contains', 20],
  ['and', 15],
  ['or', 10],
];

const coalescing = ['??', '???', 'isIn'];

const tables: Record<Dialect, ReadonlyMap<string, number>> = {
  '1.x': new Map([...shared, ...coalescing.map((name) => [name, 120] as const)]),
  '2.0': new Map([...shared, ...coalescing.map((name) => [name, 30] as const)]),
};

/** The precedence of a binary operator, or undefined for any other token. */
export function binaryPrecedence(operator: string, dialect: Dialect): number | undefined {
  return tables[dialect].get(operator);
}

export const wordOperators: ReadonlySet<string> = new Set([
  'and',
  'or',
  'not',
  'is',
  'contains',
  'equals',
  'isIn',
]);
