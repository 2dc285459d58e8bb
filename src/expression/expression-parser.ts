/**
 * The expression grammar, by precedence climbing. `|` and `is` take a name on their right side and
 * the climb goes on with the result; the ternary stands only where a whole expression may begin.
 */
import type * as ast from './ast.ts';
import { ExpressionError } from './error.ts';
import { limitError } from './limits.ts';
import { BaseParser, type Token } from './nunjucks-base.ts';
import { binaryPrecedence, unaryPrecedence } from './precedence.ts';
import {
  fail,
  heightMax,
  place,
  type Position,
  type TokenType,
  typeName,
  typeNames,
} from './token.ts';
import { TemplateTokenizer } from './tokenizer.ts';

const noArguments: ast.Arguments = { positional: [], named: [] };
export const reservedNames = new Map<string, null | boolean>([
  ['true', true],
  ['TRUE', true],
  ['false', false],
  ['FALSE', false],
  ['null', null],
  ['NULL', null],
  ['none', null],
  ['NONE', null],
]);

export class ExpressionParser extends BaseParser {
  // Declared only: the base constructor sets it before field initialisers would run.
  declare peeked: Token | null;
  readonly #dialect: ast.Dialect;
  readonly #heights = new Map<object, number>();
  #nesting = 0;

  constructor(source: string, dialect: ast.Dialect) {
    super(new TemplateTokenizer(source));
    this.#dialect = dialect;
  }

  next(expected: string): Token {
    return this.nextToken() ?? this.endOfTemplate(expected);
  }

  endOfTemplate(expected: string): never {
    const at = this.tokens as unknown as Position;
    const message = `Unexpected token of value "null" and type EOF, expected token of type ${expected}`;
    return fail('syntax', message, { lineno: at.lineno ?? 0, colno: at.colno ?? 0 });
  }

  unexpected(token: Token, expected: string): never {
    const value = Array.isArray(token.value) ? '' : String(token.value);
    const message = `Unexpected token of value "${value}" and type ${typeName(token)}`;
    return fail('syntax', `${message}, expected token of type ${expected}`, token);
  }

  expect(type: TokenType, value?: string): Token {
    const token = this.next(typeNames[type]);
    if (token.type !== type || (value !== undefined && token.value !== value)) {
      this.unexpected(
        token,
        value === undefined ? typeNames[type] : `${typeNames[type]} (${value})`,
      );
    }
    return token;
  }

  isNext(type: TokenType, value: string): boolean {
    const token = this.peekToken();
    return token !== null && token.type === type && token.value === value;
  }

  skip(type: TokenType, value: string): boolean {
    if (!this.isNext(type, value)) return false;
    this.nextToken();
    return true;
  }

  override advanceAfterVariableEnd(): void {
    this.expect('variable-end');
  }

  /** Records the height of a tree, refusing trees too high to recurse over. */
  sized<T extends ast.Expression>(node: T, children: readonly ast.Expression[]): T {
    let height = 0;
    for (const child of children) height = Math.max(height, this.#heights.get(child) ?? 1);
    if (height + 1 > heightMax) {
      throw limitError('depth', heightMax).locate(node, '');
    }
    this.#heights.set(node, height + 1);
    return node;
  }

  /** Counts one level of nesting; the level is left by `unnest`. */
  nest(at: Position): void {
    this.#nesting++;
    if (this.#nesting > heightMax) throw limitError('depth', heightMax).locate(place(at), '');
  }

  unnest(): void {
    this.#nesting--;
  }

  override parseExpression(precedenceMin = 0): ast.Expression {
    this.nest(this.peekToken() ?? this.endOfTemplate('an expression'));
    let left = this.#parseOperand();
    for (;;) {
      const token = this.peekToken();
      if (token === null || token.type !== 'operator') break;
      const precedence = binaryPrecedence(String(token.value), this.#dialect);
      if (precedence === undefined || precedence < precedenceMin) break;
      this.nextToken();
      left = this.#parseRightSide(left, token, precedence);
    }
    const result = precedenceMin === 0 ? this.#parseConditional(left) : left;
    this.unnest();
    return result;
  }

  #parseRightSide(left: ast.Expression, token: Token, precedence: number): ast.Expression {
    const operator = String(token.value);
    if (operator === '|') {
      const { name, args, at } = this.#parseInvocation();
      const node: ast.Filter = { type: 'filter', target: left, name, arguments: args, ...at };
      return this.sized(node, [left, ...argumentValues(args)]);
    }
    if (operator === 'is' || operator === 'is not') {
      const { name, args, at } = this.#parseInvocation();
      const negated = operator === 'is not';
      const node: ast.Test = { type: 'test', target: left, name, arguments: args, negated, ...at };
      return this.sized(node, [left, ...argumentValues(args)]);
    }
    const right = this.parseExpression(precedence + 1);
    const node: ast.Binary = {
      type: 'binary',
      operator: operator as ast.BinaryOperator,
      left,
      right,
      ...place(token),
    };
    return this.sized(node, [left, right]);
  }

  #parseInvocation(): { name: string; args: ast.Arguments; at: ast.Place } {
    const token = this.expect('symbol');
    return { name: String(token.value), args: this.parseOptionalArguments(), at: place(token) };
  }

  #parseConditional(condition: ast.Expression): ast.Expression {
    if (!this.skip('punctuation', '?')) return condition;
    const whenTrue = this.parseExpression();
    const token = this.next('PUNCTUATION');
    if (token.value !== ':' || token.type !== 'punctuation') this.unexpected(token, 'PUNCTUATION');
    const whenFalse = this.parseExpression();
    const at = { line: condition.line, column: condition.column };
    const node: ast.Conditional = { type: 'conditional', condition, whenTrue, whenFalse, ...at };
    return this.sized(node, [condition, whenTrue, whenFalse]);
  }

  #parseOperand(): ast.Expression {
    const token = this.next('an expression');
    const value = token.value;
    if (token.type === 'operator' && (value === 'not' || value === '+' || value === '-')) {
      const operand = this.parseExpression(unaryPrecedence);
      const node: ast.Unary = { type: 'unary', operator: value, operand, ...place(token) };
      return this.sized(node, [operand]);
    }
    if (token.type === 'punctuation') {
      if (value === '(') {
        const inner = this.parseExpression();
        this.expect('punctuation', ')');
        return this.#parsePostfix(inner);
      }
      if (value === '[') return this.#parseList(place(token));
      if (value === '{') return this.#parseMap(place(token));
    }
    return this.#parsePostfix(this.#parsePrimary(token));
  }

  #parsePrimary(token: Token): ast.Expression {
    const at = place(token);
    switch (token.type) {
      case 'number':
      case 'string':
        return { type: 'literal', value: token.value as bigint | number | string, ...at };
      case 'interpolation':
        return this.#parseInterpolation(token.value as (string | Token[])[], at);
      case 'symbol':
        return this.#parseName(String(token.value), at);
      default:
        return fail(
          'syntax',
          `Unexpected token "${typeName(token)}" of value "${String(token.value)}"`,
          token,
        );
    }
  }

  #parseName(name: string, at: ast.Place): ast.Expression {
    const reserved = reservedNames.get(name);
    if (reserved !== undefined) return { type: 'literal', value: reserved, ...at };
    if (!this.isNext('punctuation', '(')) return { type: 'name', name, ...at };
    const args = this.parseOptionalArguments();
    return this.sized({ type: 'call', name, arguments: args, ...at }, argumentValues(args));
  }

  #parseInterpolation(parts: readonly (string | Token[])[], at: ast.Place): ast.Expression {
    const parsed = parts.map((part) =>
      typeof part === 'string' ? part : this.#parseTokens(part, at),
    );
    const children = parsed.filter((part) => typeof part !== 'string');
    return this.sized({ type: 'interpolation', parts: parsed, ...at }, children);
  }

  /** Parses an expression that was already read into tokens. */
  #parseTokens(tokens: readonly Token[], at: ast.Place): ast.Expression {
    const { tokens: outer, peeked } = this;
    let index = 0;
    const position = { lineno: at.line - 1, colno: at.column - 1 };
    this.tokens = {
      ...position,
      tags: outer.tags,
      nextToken: () => tokens[index++] ?? null,
    };
    this.peeked = null;
    const expression = this.parseExpression();
    const rest = this.peekToken();
    if (rest !== null) this.unexpected(rest, 'STRING_INTERPOLATION_END');
    this.tokens = outer;
    this.peeked = peeked;
    return expression;
  }

  #parsePostfix(operand: ast.Expression): ast.Expression {
    let node = operand;
    for (;;) {
      if (this.skip('punctuation', '.')) {
        const token = this.expect('symbol');
        const name = String(token.value);
        const args = this.isNext('punctuation', '(') ? this.parseOptionalArguments() : undefined;
        const attribute: ast.Attribute = { type: 'attribute', target: node, name, ...place(token) };
        node = this.sized(args === undefined ? attribute : { ...attribute, arguments: args }, [
          node,
          ...argumentValues(args ?? noArguments),
        ]);
      } else if (this.isNext('punctuation', '[')) {
        const token = this.next('PUNCTUATION');
        const key = this.parseExpression();
        this.expect('punctuation', ']');
        node = this.sized({ type: 'subscript', target: node, key, ...place(token) }, [node, key]);
      } else return node;
    }
  }

  #parseList(at: ast.Place): ast.ListLiteral {
    const items: ast.Expression[] = [];
    if (!this.skip('punctuation', ']')) {
      do items.push(this.parseExpression());
      while (this.skip('punctuation', ','));
      this.expect('punctuation', ']');
    }
    return this.sized({ type: 'list', items, ...at }, items);
  }

  #parseMap(at: ast.Place): ast.MapLiteral {
    const entries: { key: ast.Expression; value: ast.Expression }[] = [];
    if (!this.skip('punctuation', '}')) {
      do {
        const key = this.parseExpression();
        const token = this.next('PUNCTUATION');
        if (token.type !== 'punctuation' || token.value !== ':')
          this.unexpected(token, 'PUNCTUATION');
        entries.push({ key, value: this.parseExpression() });
      } while (this.skip('punctuation', ','));
      this.expect('punctuation', '}');
    }
    const children = entries.flatMap(({ key, value }) => [key, value]);
    return this.sized({ type: 'map', entries, ...at }, children);
  }

  parseOptionalArguments(): ast.Arguments {
    if (!this.skip('punctuation', '(')) return noArguments;
    if (this.skip('punctuation', ')')) return noArguments;
    const positional: ast.Expression[] = [];
    const named: ast.NamedArgument[] = [];
    do {
      const value = this.parseExpression();
      const at = { line: value.line, column: value.column };
      if (value.type === 'name' && this.skip('punctuation', '=')) {
        named.push({ name: value.name, value: this.parseExpression(), ...at });
      } else if (named.length > 0) {
        const message = 'Positional arguments must be declared before any named arguments.';
        throw new ExpressionError('syntax', message, at);
      } else positional.push(value);
    } while (this.skip('punctuation', ','));
    this.expect('punctuation', ')');
    return { positional, named };
  }
}

function argumentValues(args: ast.Arguments): ast.Expression[] {
  return [...args.positional, ...args.named.map((argument) => argument.value)];
}
