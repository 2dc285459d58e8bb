/**
 * Which variables a template can read: every access chain that starts at a root variable. The
 * runtime decides by this which values travel with a message, so the answer may name too much and
 * must never name too little.
 *
 * - A literal name or subscript extends the path; any other subscript ends it with null (any key).
 * - A path stands for everything below it: `outputs` read bare has the path [].
 * - `render(…)` of anything but a literal text, `printContext()` and the like can read everything:
 *   root `*`. Literal texts inside `render` are analysed in turn.
 * - Loop variables, assigned names and macro parameters are not roots. A name counts as local only
 *   where it is certain to be: what was assigned in one branch may still be a root in another.
 *
 * A template that cannot be parsed refers to nothing, because it fails before it reads anything.
 */
import type * as ast from './ast.ts';
import { ExpressionError } from './error.ts';
import { parseTemplate } from './parser.ts';
import { templateOf } from './template-cache.ts';

export interface Reference {
  /** The variable the chain starts at, or `*` for all of them. */
  readonly root: string;
  /** Keys from the root down; null, always last, stands for any key. */
  readonly path: readonly (string | null)[];
  readonly line: number;
  readonly column: number;
}

/** Functions that read variables on their own, whatever their arguments. */
const readByFunction: ReadonlyMap<string, readonly string[]> = new Map([
  ['currentEachOutput', ['parents', 'taskrun']],
  ['iterationOutput', ['outputs', 'parents', 'taskrun']],
  ['parentOutput', ['parents']],
  ['tasksWithState', ['tasks']],
]);

const readEverything = new Set(['context', 'fetchContext', 'printContext']);
const renderers = new Set(['render', 'renderOnce']);
/** Nested literal templates inside `render`; each one is parsed again. */
const nestingMax = 20;

export function references(template: string): readonly Reference[] {
  return referencesAt(template, 0);
}

function referencesAt(template: string, nesting: number): readonly Reference[] {
  if (!template.includes('{')) return [];
  let parsed: ast.Template;
  try {
    parsed = templateOf(template, parseTemplate);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return referencesIn20(template, nesting);
  }
  return collect(parsed, nesting);
}

/** The dialects read the same names; only one of them may be able to read the text. */
function referencesIn20(template: string, nesting: number): readonly Reference[] {
  try {
    return collect(templateOf(template, parseTemplate, '2.0'), nesting);
  } catch (error) {
    if (error instanceof ExpressionError) return [];
    throw error;
  }
}

function collect(template: ast.Template, nesting: number): readonly Reference[] {
  const collector = new Collector(nesting);
  collector.nodes(template.nodes, noLocals);
  return collector.found;
}

/** Names that are local from here on, in scopes one inside the other. */
class Locals {
  readonly #names: Set<string>;
  readonly #around: Locals | undefined;

  constructor(names: Iterable<string> = [], around?: Locals) {
    this.#names = new Set(names);
    this.#around = around;
  }

  has(name: string): boolean {
    return this.#names.has(name) || this.#around?.has(name) === true;
  }

  add(name: string): void {
    this.#names.add(name);
  }
}

const noLocals = new Locals();

class Collector {
  readonly found: Reference[] = [];
  readonly #nesting: number;

  constructor(nesting: number) {
    this.#nesting = nesting;
  }

  /** Walks nodes in order; what one assigns is local in the next. */
  nodes(nodes: readonly ast.Node[], before: Locals): void {
    const locals = new Locals([], before);
    for (const node of nodes) this.#node(node, locals);
  }

  #node(node: ast.Node, locals: Locals): void {
    switch (node.type) {
      case 'text':
        return;
      case 'print':
        this.#expression(node.expression, locals);
        return;
      case 'set':
        this.#expression(node.value, locals);
        locals.add(node.name);
        return;
      case 'if':
        this.#if(node, locals);
        return;
      case 'for':
        this.#expression(node.iterable, locals);
        // In a later round the body also sees what it assigned itself, but in the first it does not.
        this.nodes(node.body, new Locals([node.name, 'loop'], locals));
        if (node.otherwise !== undefined) this.nodes(node.otherwise, locals);
        return;
      case 'macro':
        this.#macro(node);
        return;
      case 'block':
        // `block()` may print it where fewer names are local, so it is walked without any.
        this.nodes(node.body, noLocals);
        return;
      case 'filter-block':
        for (const filter of node.filters) this.#arguments(filter.arguments, locals);
        this.nodes(node.body, locals);
        return;
    }
  }

  #if(node: ast.IfNode, locals: Locals): void {
    for (const arm of node.arms) {
      this.#expression(arm.condition, locals);
      this.nodes(arm.body, locals);
    }
    if (node.otherwise !== undefined) this.nodes(node.otherwise, locals);
  }

  /** Macros see no variables, but their defaults are evaluated where they are called. */
  #macro(node: ast.MacroNode): void {
    for (const parameter of node.parameters) {
      if (parameter.default !== undefined) this.#expression(parameter.default, noLocals);
    }
    // Names are looked up nowhere outside the macro, yet functions such as render() read variables.
    this.nodes(node.body, new Locals(node.parameters.map(({ name }) => name)));
  }

  #expression(node: ast.Expression, locals: Locals): void {
    switch (node.type) {
      case 'literal':
        return;
      case 'name':
      case 'attribute':
      case 'subscript':
        this.#chain(node, locals);
        return;
      case 'call':
        this.#call(node, locals);
        return;
      case 'filter':
      case 'test':
        this.#expression(node.target, locals);
        this.#arguments(node.arguments, locals);
        return;
      case 'unary':
        this.#expression(node.operand, locals);
        return;
      case 'binary':
        this.#expression(node.left, locals);
        this.#expression(node.right, locals);
        return;
      case 'conditional':
        this.#each([node.condition, node.whenTrue, node.whenFalse], locals);
        return;
      case 'list':
        this.#each(node.items, locals);
        return;
      case 'map':
        for (const { key, value } of node.entries) this.#each([key, value], locals);
        return;
      case 'interpolation':
        this.#each(
          node.parts.filter((part) => typeof part !== 'string'),
          locals,
        );
    }
  }

  #each(expressions: readonly ast.Expression[], locals: Locals): void {
    for (const expression of expressions) this.#expression(expression, locals);
  }

  #arguments(args: ast.Arguments, locals: Locals): void {
    this.#each(args.positional, locals);
    for (const { value } of args.named) this.#expression(value, locals);
  }

  /** Follows `a.b[c]` from its end to its root; subscripts are read as well. */
  #chain(node: ast.Name | ast.Attribute | ast.Subscript, locals: Locals): void {
    const reversed: (string | null)[] = [];
    let at: ast.Expression = node;
    while (at.type === 'attribute' || at.type === 'subscript') {
      if (at.type === 'attribute') {
        if (at.arguments !== undefined) this.#arguments(at.arguments, locals);
        reversed.push(at.name);
      } else {
        reversed.push(literalKey(at.key));
        this.#expression(at.key, locals);
      }
      at = at.target;
    }
    if (at.type !== 'name') this.#expression(at, locals);
    else if (!locals.has(at.name)) this.#add(at.name, pathOf(reversed), at);
  }

  #call(node: ast.Call, locals: Locals): void {
    this.#arguments(node.arguments, locals);
    if (readEverything.has(node.name)) this.#add('*', [], node);
    for (const root of readByFunction.get(node.name) ?? []) this.#add(root, [], node);
    if (renderers.has(node.name)) this.#rendered(node);
  }

  #rendered(node: ast.Call): void {
    const [first] = node.arguments.positional;
    const isLiteral =
      first?.type === 'literal' && node.arguments.named.every(({ name }) => name !== 'toRender');
    if (!isLiteral || this.#nesting >= nestingMax) {
      this.#add('*', [], node);
      return;
    }
    if (typeof first.value !== 'string') return;
    const inner = referencesAt(first.value, this.#nesting + 1);
    // What a literal template prints is rendered again, so any expression in it can name anything.
    const isOnce = node.name === 'renderOnce';
    if (inner.length > 0 && !isOnce) this.#add('*', [], node);
    for (const { root, path } of inner) this.#add(root, path, node);
  }

  #add(root: string, path: readonly (string | null)[], at: ast.Place): void {
    this.found.push({ root, path, line: at.line, column: at.column });
  }
}

/** The text of a key that is certain; numbers are keys of lists and of number-keyed maps. */
function literalKey(key: ast.Expression): string | null {
  if (key.type !== 'literal') return null;
  return typeof key.value === 'string' || typeof key.value === 'bigint'
    ? key.value.toString()
    : null;
}

/** A path up to its first uncertain key. */
function pathOf(reversed: readonly (string | null)[]): readonly (string | null)[] {
  const path = reversed.toReversed();
  const uncertain = path.indexOf(null);
  return uncertain === -1 ? path : path.slice(0, uncertain + 1);
}
