/** What kind of value an operation gives, where that is certain. */
import type * as ast from '../expression/ast.ts';
import { type Kind, type Known, ofKind, scalar, unknown } from './known.ts';

/** Text in, text out: they give null for null. */
const textFilters: ReadonlySet<string> = new Set([
  'abbreviate',
  'base64decode',
  'base64encode',
  'capitalize',
  'join',
  'lower',
  'md5',
  'sha1',
  'sha256',
  'sha512',
  'slugify',
  'substringAfter',
  'substringAfterLast',
  'substringBefore',
  'substringBeforeLast',
  'title',
  'trim',
  'upper',
  'urldecode',
  'urlencode',
]);

export function resultOfFilter(name: string, input: Known): Known {
  if (textFilters.has(name)) return ofKind('text', input.optional);
  switch (name) {
    case 'length':
      return ofKind('integer', false);
    case 'json':
    case 'toJson':
    case 'yaml':
    case 'toIon':
      return ofKind('text', false);
    case 'split':
    case 'jq':
    case 'keys':
    case 'values':
    case 'chunk':
      return { ...ofKind('list', input.optional) };
    case 'number':
      return ofKind('number', input.optional);
    case 'endsWith':
    case 'startsWith':
    case 'regexMatch':
      return ofKind('boolean', false);
    default:
      return unknown;
  }
}

const booleanOperators: ReadonlySet<ast.BinaryOperator> = new Set([
  '==',
  '!=',
  'equals',
  '>',
  '<',
  '>=',
  '<=',
  'contains',
  'isIn',
  'and',
  'or',
]);

export function resultOfOperator(operator: ast.BinaryOperator, left: Known, right: Known): Known {
  if (booleanOperators.has(operator)) return ofKind('boolean', false);
  switch (operator) {
    case '~':
      return ofKind('text', false);
    case '..':
      return ofKind('list', false);
    case '+':
      if (left.kind === 'text' || right.kind === 'text') return ofKind('text', false);
      return bothNumbers(left, right);
    case '-':
    case '*':
    case '/':
    case '%':
      return bothNumbers(left, right);
    default:
      return unknown;
  }
}

function bothNumbers(left: Known, right: Known): Known {
  if (!isNumeric(left.kind) || !isNumeric(right.kind)) return unknown;
  const isInteger = left.kind === 'integer' && right.kind === 'integer';
  return ofKind(isInteger ? 'integer' : 'number', false);
}

export function isNumeric(kind: Kind): boolean {
  return kind === 'integer' || kind === 'number';
}

export function ofLiteral({ value }: ast.Literal): Known {
  switch (typeof value) {
    case 'string':
      return scalar('text', 'this text', false);
    case 'boolean':
      return scalar('boolean', String(value), false);
    case 'bigint':
      return scalar('integer', value.toString(), false);
    case 'number':
      return scalar('number', String(value), false);
    default:
      return unknown;
  }
}
