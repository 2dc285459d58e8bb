/**
 * The state of one render: what is fixed for the whole of it (`Run`) and the names in sight at one
 * point of it (`Frame`). Scopes are nested from the innermost loop outwards to the template; below
 * them lie the given variables, which are never written.
 */
import type * as ast from './ast.ts';
import { ExpressionError } from './error.ts';
import type { Host } from './host.ts';
import type { Budget } from './limits.ts';
import type { Printing } from './text.ts';
import type { Value, ValueMap } from './value.ts';

export interface Run {
  readonly template: ast.Template;
  readonly host: Host;
  readonly dialect: ast.Dialect;
  readonly budget: Budget;
  readonly printing: Printing;
  /** The variables the render was given. */
  readonly given: ValueMap;
  /** True when the whole text is rendered until it no longer changes. */
  readonly recursive: boolean;
  /** Told of every evaluation; absent in ordinary use. */
  readonly observer?: Observer;
  /** Executes nodes to text; handed in so that expressions can call macros and blocks. */
  readonly executeToText: (nodes: readonly ast.Node[], frame: Frame) => string;
  /** Renders a text found in a value, with the variables in sight at the frame. */
  readonly renderValue: (value: Value, frame: Frame, passes: 'once' | 'until-stable') => Value;
}

/**
 * Watches the interpreter at work. Calls come in pairs like brackets. What is looked up only to see
 * whether it exists ends with undefined when it does not.
 */
export interface Observer {
  begin(node: ast.Expression): void;
  end(node: ast.Expression, value: Value | undefined): void;
  fail(node: ast.Expression, error: unknown): void;
}

interface Scope {
  readonly names: Map<string, Value>;
  readonly parent?: Scope;
}

export interface Frame {
  readonly run: Run;
  readonly scope: Scope;
  /** What lies below the scopes: the given variables, or nothing inside a macro. */
  readonly given: ValueMap;
  /** The scopes `render()` sees, which leaves out macro parameters. */
  readonly renderScope?: Scope;
}

const noVariables: ValueMap = new Map();

/** Finds a variable; undefined when nothing has that name. */
export function lookUp(name: string, frame: Frame): Value | undefined {
  for (let scope: Scope | undefined = frame.scope; scope !== undefined; scope = scope.parent) {
    const value = scope.names.get(name);
    if (value !== undefined) return value;
  }
  const value = frame.given.get(name);
  if (value !== undefined || frame.given === noVariables) return value;
  return name === 'locale' ? (frame.run.host.locale ?? 'en_US') : undefined;
}

/**
 * Assigns to the innermost scope that knows the name, else to the current one. A given variable is
 * shadowed for the rest of the template rather than written.
 */
export function assign(name: string, value: Value, frame: Frame): void {
  let outermost = frame.scope;
  for (let scope: Scope | undefined = frame.scope; scope !== undefined; scope = scope.parent) {
    if (scope.names.has(name)) {
      scope.names.set(name, value);
      return;
    }
    outermost = scope;
  }
  const target = frame.given.has(name) ? outermost : frame.scope;
  target.names.set(name, value);
}

/** A frame for the body of a loop. */
export function innerFrame(frame: Frame): Frame {
  return { ...frame, scope: { names: new Map(), parent: frame.scope } };
}

/** A frame for a macro: its parameters and nothing else. */
export function macroFrame(frame: Frame): Frame {
  let outermost = frame.renderScope ?? frame.scope;
  while (outermost.parent !== undefined) outermost = outermost.parent;
  return {
    run: frame.run,
    scope: { names: new Map() },
    given: noVariables,
    renderScope: outermost,
  };
}

/** All variables in sight, as one map, for a text that is rendered from inside the template. */
export function variablesInSight(frame: Frame): ValueMap {
  return new LayeredMap(frame.renderScope ?? frame.scope, frame.run.given);
}

/** Scopes over the given variables, read without copying so that lazy variables stay lazy. */
class LayeredMap extends Map<string, Value> {
  readonly #own: ReadonlyMap<string, Value>;
  readonly #given: ValueMap;

  constructor(scope: Scope, given: ValueMap) {
    super();
    const own = new Map<string, Value>();
    for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
      for (const [name, value] of at.names) if (!own.has(name)) own.set(name, value);
    }
    this.#own = own;
    this.#given = given;
  }

  override get(name: string): Value | undefined {
    return this.#own.get(name) ?? (this.#own.has(name) ? null : this.#given.get(name));
  }

  override has(name: string): boolean {
    return this.#own.has(name) || this.#given.has(name);
  }

  override *keys(): MapIterator<string> {
    yield* this.#given.keys();
    for (const name of this.#own.keys()) if (!this.#given.has(name)) yield name;
  }

  override *entries(): MapIterator<[string, Value]> {
    for (const name of this.keys()) {
      const value = this.get(name);
      if (value !== undefined) yield [name, value];
    }
  }

  override get size(): number {
    let size = this.#given.size;
    for (const name of this.#own.keys()) if (!this.#given.has(name)) size++;
    return size;
  }
}

/** The failure that `??`, `default` and `is defined` tolerate. */
export function undefinedError(subject: string, at: ast.Place, run: Run): ExpressionError {
  const { source } = run.template;
  const message = `Unable to find \`${subject}\` used in the expression \`${source}\` at line ${at.line}`;
  const { line, column } = at;
  return new ExpressionError('undefined', message, { line, column, subject, template: source });
}

const keptKinds = new Set(['limit', 'recursion-limit', 'host', 'security']);

/**
 * Whether arithmetic, comparisons and conditions report an error as their own failure. Bounds,
 * refusals and failures of the host keep their kind, because callers act on them.
 */
export function isWrapped(error: unknown): error is ExpressionError {
  return error instanceof ExpressionError && !keptKinds.has(error.kind);
}

/** Errors that came out of a nested render; `??` does not tolerate those. */
const contained = new WeakSet<ExpressionError>();

export function contain(error: ExpressionError): ExpressionError {
  contained.add(error);
  return error;
}

export function isMissing(error: unknown): error is ExpressionError {
  return error instanceof ExpressionError && error.kind === 'undefined' && !contained.has(error);
}
