/**
 * Writes a syntax tree as a template again: the text differs from the original in comments, white
 * space inside tags and brackets, its tree does not. For editors and for testing the parser.
 */
import type * as ast from './ast.ts';
import { plainDouble } from './java-double.ts';
import { binaryPrecedence, unaryPrecedence } from './precedence.ts';
import { quoteString } from './string-literal.ts';

export function printTemplate(template: ast.Template, dialect: ast.Dialect = '1.x'): string {
  return new Printer(dialect).nodes(template.nodes);
}

export function printExpression(node: ast.Expression, dialect: ast.Dialect = '1.x'): string {
  return new Printer(dialect).expression(node);
}

class Printer {
  readonly #dialect: ast.Dialect;

  constructor(dialect: ast.Dialect) {
    this.#dialect = dialect;
  }

  nodes(nodes: readonly ast.Node[]): string {
    return nodes.map((node) => this.#node(node)).join('');
  }

  #node(node: ast.Node): string {
    switch (node.type) {
      case 'text':
        return textSource(node.text);
      case 'print':
        return `{{ ${this.expression(node.expression)} }}`;
      case 'set':
        return `{% set ${node.name} = ${this.expression(node.value)} %}`;
      case 'if':
        return this.#if(node);
      case 'for': {
        const start = `{% for ${node.name} in ${this.expression(node.iterable)} %}`;
        return `${start}${this.nodes(node.body)}${this.#else(node.otherwise)}{% endfor %}`;
      }
      case 'macro': {
        const parameters = node.parameters.map((parameter) => this.#parameter(parameter));
        const start = `{% macro ${node.name}(${parameters.join(', ')}) %}`;
        return `${start}${this.nodes(node.body)}{% endmacro %}`;
      }
      case 'block':
        return `{% block ${quoteString(node.name)} %}${this.nodes(node.body)}{% endblock %}`;
      case 'filter-block': {
        const steps = node.filters.map((step) => step.name + this.#arguments(step.arguments));
        return `{% filter ${steps.join(' | ')} %}${this.nodes(node.body)}{% endfilter %}`;
      }
    }
  }

  #if(node: ast.IfNode): string {
    const arms = node.arms.map(({ condition, body }, index) => {
      const tag = index === 0 ? 'if' : 'elseif';
      return `{% ${tag} ${this.expression(condition)} %}${this.nodes(body)}`;
    });
    return `${arms.join('')}${this.#else(node.otherwise)}{% endif %}`;
  }

  #else(nodes: readonly ast.Node[] | undefined): string {
    return nodes === undefined ? '' : `{% else %}${this.nodes(nodes)}`;
  }

  #parameter(parameter: ast.MacroParameter): string {
    if (parameter.default === undefined) return parameter.name;
    return `${parameter.name}=${this.expression(parameter.default)}`;
  }

  expression(node: ast.Expression): string {
    switch (node.type) {
      case 'literal':
        return literalSource(node.value);
      case 'name':
        return node.name;
      case 'attribute': {
        const args = node.arguments === undefined ? '' : this.#argumentList(node.arguments);
        return `${this.#postfixTarget(node.target)}.${node.name}${args}`;
      }
      case 'subscript':
        return `${this.#postfixTarget(node.target)}[${this.expression(node.key)}]`;
      case 'list':
        return `[${node.items.map((item) => this.expression(item)).join(', ')}]`;
      case 'map':
        return this.#map(node);
      case 'call':
        return node.name + this.#argumentList(node.arguments);
      case 'filter':
        return `${this.#operand(node.target, this.#precedence('|'))} | ${node.name}${this.#arguments(node.arguments)}`;
      case 'test': {
        const operator = node.negated ? 'is not' : 'is';
        const target = this.#operand(node.target, this.#precedence('is'));
        return `${target} ${operator} ${node.name}${this.#arguments(node.arguments)}`;
      }
      case 'unary':
        return `${node.operator} ${this.#operand(node.operand, unaryPrecedence)}`;
      case 'binary':
        return this.#binary(node);
      case 'conditional': {
        const condition = this.#operand(node.condition, 1);
        return `${condition} ? ${this.expression(node.whenTrue)} : ${this.expression(node.whenFalse)}`;
      }
      case 'interpolation':
        return this.#interpolation(node);
    }
  }

  #precedence(operator: string): number {
    return binaryPrecedence(operator, this.#dialect) ?? 0;
  }

  #binary(node: ast.Binary): string {
    const precedence = this.#precedence(node.operator);
    const left = this.#operand(node.left, precedence);
    const right = this.#operand(node.right, precedence + 1);
    return `${left} ${node.operator} ${right}`;
  }

  /** Brackets whatever binds less tightly than its place asks for. */
  #operand(node: ast.Expression, precedenceMin: number): string {
    const text = this.expression(node);
    return this.#tightness(node) < precedenceMin ? `(${text})` : text;
  }

  #tightness(node: ast.Expression): number {
    if (node.type === 'conditional') return 0;
    if (node.type === 'binary') return this.#precedence(node.operator);
    if (node.type === 'filter') return this.#precedence('|');
    return node.type === 'test' ? this.#precedence('is') : unaryPrecedence;
  }

  #postfixTarget(node: ast.Expression): string {
    const text = this.expression(node);
    const isOpen =
      node.type === 'name' ||
      node.type === 'call' ||
      node.type === 'attribute' ||
      node.type === 'subscript';
    return isOpen ? text : `(${text})`;
  }

  #map(node: ast.MapLiteral): string {
    const entries = node.entries.map(
      ({ key, value }) => `${this.expression(key)}: ${this.expression(value)}`,
    );
    return `{${entries.join(', ')}}`;
  }

  #arguments(args: ast.Arguments): string {
    const isEmpty = args.positional.length === 0 && args.named.length === 0;
    return isEmpty ? '' : this.#argumentList(args);
  }

  #argumentList(args: ast.Arguments): string {
    const positional = args.positional.map((value) => this.expression(value));
    const named = args.named.map(({ name, value }) => `${name}=${this.expression(value)}`);
    return `(${[...positional, ...named].join(', ')})`;
  }

  #interpolation(node: ast.Interpolation): string {
    const parts = node.parts.map((part) =>
      typeof part === 'string' ? part : `#{${this.expression(part)}}`,
    );
    return `"${parts.join('')}"`;
  }
}

function literalSource(value: ast.Literal['value']): string {
  if (typeof value === 'string') return quoteString(value);
  return typeof value === 'number' ? plainDouble(value) : String(value);
}

/** Text that would start a tag, or could with what follows, is written as verbatim, piece by piece. */
function textSource(text: string): string {
  return text.replace(/\{(?=[{%#]|$)/g, '{% verbatim %}{{% endverbatim %}');
}
