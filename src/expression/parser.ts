/**
 * Reads a template into the syntax tree of `ast.ts`: the tags, on top of the expression grammar.
 */
import type * as ast from './ast.ts';
import { ExpressionError } from './error.ts';
import { ExpressionParser, reservedNames } from './expression-parser.ts';
import type { Token } from './nunjucks-base.ts';
import { fail, place, type Position } from './token.ts';

class TemplateParser extends ExpressionParser {
  readonly macros = new Map<string, ast.MacroNode>();
  readonly blocks = new Map<string, ast.BlockNode>();

  parseTemplate(): readonly ast.Node[] {
    return this.#toNodes(this.parseNodes());
  }

  /** Turns what the base class collected (outputs around text or our expressions) into nodes. */
  #toNodes(collected: readonly unknown[]): readonly ast.Node[] {
    const nodes: ast.Node[] = [];
    for (const item of collected) {
      const node = toNode(item);
      const last = nodes.at(-1);
      if (node.type === 'text' && last?.type === 'text') {
        nodes[nodes.length - 1] = { ...last, text: last.text + node.text };
      } else nodes.push(node);
    }
    return nodes;
  }

  override parseStatement(): ast.Node | null {
    const token = this.peekToken();
    if (token === null) return this.endOfTemplate('NAME');
    if (token.type !== 'symbol') fail('syntax', 'A block must start with a tag name.', token);
    const tag = String(token.value);
    if (this.breakOnBlocks?.includes(tag) === true) return null;
    this.nextToken();
    this.nest(token);
    const node = this.#parseTag(tag, token);
    this.unnest();
    return node;
  }

  #parseTag(tag: string, token: Token): ast.Node {
    switch (tag) {
      case 'if':
        return this.#parseIf(place(token));
      case 'for':
        return this.#parseFor(place(token));
      case 'set':
        return this.#parseSet(place(token));
      case 'macro':
        return this.#parseMacro(place(token));
      case 'block':
        return this.#parseBlock(place(token));
      case 'filter':
        return this.#parseFilterBlock(place(token));
      default:
        throw new ExpressionError('unknown-tag', `Unexpected tag name "${tag}"`, {
          ...place(token),
          subject: tag,
        });
    }
  }

  /** Nodes up to one of the end tags, whose name is consumed and returned. */
  #parseBody(
    message: string,
    ...ends: readonly string[]
  ): { body: readonly ast.Node[]; end: string } {
    const body = this.#toNodes(this.parseUntilBlocks(...ends).children);
    const token = this.nextToken();
    if (token === null) return this.#missingEnd(message);
    return { body, end: String(token.value) };
  }

  #missingEnd(message: string): never {
    const at = this.tokens as unknown as Position;
    return fail('syntax', message, at);
  }

  #parseIf(at: ast.Place): ast.IfNode {
    const arms: { condition: ast.Expression; body: readonly ast.Node[] }[] = [];
    const message = lookingFor('endif');
    let end = 'elseif';
    while (end === 'elseif') {
      const condition = this.parseExpression();
      this.expect('block-end');
      const arm = this.#parseBody(message, 'elseif', 'else', 'endif');
      arms.push({ condition, body: arm.body });
      end = arm.end;
    }
    const otherwise = this.#parseElse(end, 'endif', message);
    return { type: 'if', arms, ...otherwise, ...at };
  }

  #parseElse(
    end: string,
    endTag: string,
    message: string,
  ): { otherwise: readonly ast.Node[] } | undefined {
    if (end !== 'else') {
      this.expect('block-end');
      return undefined;
    }
    this.expect('block-end');
    const { body } = this.#parseBody(message, endTag);
    this.expect('block-end');
    return { otherwise: body };
  }

  #parseFor(at: ast.Place): ast.ForNode {
    const name = this.#assignedName();
    const word = this.expect('symbol');
    if (word.value !== 'in') this.unexpected(word, 'NAME (in)');
    const iterable = this.parseExpression();
    this.expect('block-end');
    const message = lookingFor('endfor');
    const { body, end } = this.#parseBody(message, 'else', 'endfor');
    const otherwise = this.#parseElse(end, 'endfor', message);
    return { type: 'for', name, iterable, body, ...otherwise, ...at };
  }

  #assignedName(): string {
    const token = this.expect('symbol');
    const name = String(token.value);
    if (reservedNames.has(name)) fail('syntax', `Can not assign a value to ${name}`, token);
    return name;
  }

  #parseSet(at: ast.Place): ast.SetNode {
    const name = this.#assignedName();
    this.expect('punctuation', '=');
    const value = this.parseExpression();
    this.expect('block-end');
    return { type: 'set', name, value, ...at };
  }

  #parseMacro(at: ast.Place): ast.MacroNode {
    const name = this.#assignedName();
    this.expect('punctuation', '(');
    const parameters: ast.MacroParameter[] = [];
    if (!this.skip('punctuation', ')')) {
      do parameters.push(this.#parseParameter());
      while (this.skip('punctuation', ','));
      this.expect('punctuation', ')');
    }
    this.expect('block-end');
    const { body } = this.#parseBody(lookingFor('endmacro'), 'endmacro');
    this.expect('block-end');
    const node: ast.MacroNode = { type: 'macro', name, parameters, body, ...at };
    if (this.macros.has(name)) {
      const message = `More than one macro can not share the same name: ${name}`;
      throw new ExpressionError('syntax', message, { ...at, subject: name });
    }
    this.macros.set(name, node);
    return node;
  }

  #parseParameter(): ast.MacroParameter {
    const token = this.peekToken();
    const name = this.#assignedName();
    const at = place(token ?? this.endOfTemplate('NAME'));
    if (!this.skip('punctuation', '=')) return { name, ...at };
    return { name, default: this.parseExpression(), ...at };
  }

  #parseBlock(at: ast.Place): ast.BlockNode {
    const name = this.#blockName();
    this.expect('block-end');
    const message = `endblock tag should be present with block tag starting line number ${at.line}`;
    const { body } = this.#parseBody(message, 'endblock');
    const token = this.peekToken();
    if (token !== null && (token.type === 'symbol' || token.type === 'string')) this.nextToken();
    this.expect('block-end');
    const node: ast.BlockNode = { type: 'block', name, body, ...at };
    if (!this.blocks.has(name)) this.blocks.set(name, node);
    return node;
  }

  #blockName(): string {
    const token = this.next('NAME');
    if (token.type !== 'symbol' && token.type !== 'string') this.unexpected(token, 'NAME');
    return String(token.value);
  }

  #parseFilterBlock(at: ast.Place): ast.FilterBlockNode {
    const filters: ast.FilterBlockStep[] = [];
    do {
      const token = this.expect('symbol');
      filters.push({
        name: String(token.value),
        arguments: this.parseOptionalArguments(),
        ...place(token),
      });
    } while (this.skip('operator', '|'));
    this.expect('block-end');
    const { body } = this.#parseBody(lookingFor('endfilter'), 'endfilter');
    this.expect('block-end');
    return { type: 'filter-block', filters, body, ...at };
  }
}

function lookingFor(tag: string): string {
  return `Unexpected end of template. Pebble was looking for the "${tag}" tag`;
}

interface CollectedOutput extends Position {
  readonly children: readonly [ast.Expression | { readonly value: string }];
}

function toNode(item: unknown): ast.Node {
  const node = item as ast.Node | CollectedOutput;
  if (!('children' in node)) return node;
  const [child] = node.children;
  if ('type' in child) return { type: 'print', expression: child, ...place(node) };
  return { type: 'text', text: child.value, ...place(node) };
}

/** Reads a template; throws an `ExpressionError` when it cannot be read. */
export function parseTemplate(source: string, dialect: ast.Dialect = '1.x'): ast.Template {
  const parser = new TemplateParser(source, dialect);
  try {
    const nodes = parser.parseTemplate();
    return { source, nodes, macros: parser.macros, blocks: parser.blocks };
  } catch (error) {
    if (error instanceof ExpressionError) error.template ??= source;
    throw error;
  }
}
