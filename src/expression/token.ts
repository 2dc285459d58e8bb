/** Tokens: their types, their names in messages and how an unexpected one is reported. */
import type * as ast from './ast.ts';
import { ExpressionError, type ExpressionErrorKind } from './error.ts';
import type { Token } from './nunjucks-base.ts';

/** Nesting of brackets, tags and trees; everything that walks a tree may therefore recurse. */
export const heightMax = 250;

export type TokenType =
  | 'data'
  | 'block-start'
  | 'block-end'
  | 'variable-start'
  | 'variable-end'
  | 'symbol'
  | 'number'
  | 'string'
  | 'interpolation'
  | 'operator'
  | 'punctuation';

/** The names of token types in the reference engine's messages. */
export const typeNames: Record<TokenType, string> = {
  data: 'TEXT',
  'block-start': 'EXECUTE_START',
  'block-end': 'EXECUTE_END',
  'variable-start': 'PRINT_START',
  'variable-end': 'PRINT_END',
  symbol: 'NAME',
  number: 'NUMBER',
  string: 'STRING',
  interpolation: 'STRING',
  operator: 'OPERATOR',
  punctuation: 'PUNCTUATION',
};

export function typeName(token: Token): string {
  return typeNames[token.type as TokenType] ?? token.type;
}

export function fail(kind: ExpressionErrorKind, message: string, token: Position): never {
  throw new ExpressionError(kind, message, { line: token.lineno + 1, column: token.colno + 1 });
}

/** Where nunjucks says a token is, counted from 0. */
export interface Position {
  readonly lineno: number;
  readonly colno: number;
}

export function place(token: Position): ast.Place {
  return { line: token.lineno + 1, column: token.colno + 1 };
}
