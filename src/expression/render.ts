/**
 * Renders templates: the entry of the language. Text without `{` is returned as it is; otherwise the
 * template is parsed (or found in the cache), executed, in recursive mode executed again on its own
 * output until that no longer changes, and at last freed of raw tags.
 *
 * Rendering is synchronous and pure. It throws `ExpressionError`, or `Pending` when a value or a
 * library has to be fetched first; `settle` in `pending.ts` turns the latter into waiting.
 */
import type { Dialect } from './ast.ts';
import { ExpressionError } from './error.ts';
import type { Host } from './host.ts';
import { dates, parser } from './libraries.ts';
import { Budget, defaultLimits, limitError, type Limits } from './limits.ts';
import { TypedOutput } from './output.ts';
import { stripRawTags } from './raw.ts';
import { contain, type Frame, type Observer, type Run, variablesInSight } from './run.ts';
import { execute, executeToText } from './statements.ts';
import { type Parse, templateOf } from './template-cache.ts';
import type { Printing } from './text.ts';
import { isList, isMap, type Value, type ValueMap } from './value.ts';

export interface Scope {
  readonly variables: ValueMap;
  readonly host: Host;
  readonly limits?: Partial<Limits>;
  /** Renders the output again until it no longer changes; `render()` does not exist then. */
  readonly recursive?: boolean;
  /** `2.0` changes the precedence of `??`, `???` and `isIn` and orders texts; `1.x` is the default. */
  readonly dialect?: Dialect;
  /** Told of every evaluation of the render, which makes it slower. */
  readonly observer?: Observer;
}

export interface TypedOptions {
  /** Refuses to join what the reference engine refuses to join, instead of giving text. */
  readonly strict?: boolean;
}

/** What stays the same for a render and the renders nested in it. */
interface Session {
  readonly host: Host;
  readonly dialect: Dialect;
  readonly recursive: boolean;
  readonly budget: Budget;
  readonly printing: Printing;
  readonly observer?: Observer;
}

const charactersParsedPerStep = 8;
/** Known templates need no parser; the first unknown one loads it. */
const parse: Parse = (source, dialect) => parser().parseTemplate(source, dialect);

const tooManyAttempts = 'Too many rendering attempts';

/** Renders a template to text. */
export function render(template: string, scope: Scope): string {
  if (!template.includes('{')) return template;
  const session = openSession(scope);
  return guarded(template, session, () => renderText(template, scope.variables, session));
}

/** Renders a template to the value of its only print, or to text when it is more than that. */
export function renderTyped(template: string, scope: Scope, options: TypedOptions = {}): Value {
  if (!template.includes('{')) return template;
  const session = openSession(scope);
  return guarded(template, session, () => {
    const value = renderTypedOnce(template, scope.variables, session, options.strict === true);
    if (typeof value !== 'string') return value;
    return scope.recursive === true
      ? renderText(value, scope.variables, session)
      : stripRawTags(value);
  });
}

/** Renders every text of a value, keys of maps included; everything else passes unchanged. */
export function renderDeep(value: Value, scope: Scope, mode: 'text' | 'typed' = 'text'): Value {
  if (typeof value === 'string') {
    return mode === 'text' ? render(value, scope) : renderTyped(value, scope);
  }
  if (isList(value)) return value.map((item) => renderDeep(item, scope, mode));
  if (!isMap(value)) return value;
  const result = new Map<string, Value>();
  for (const [key, item] of value.entries()) {
    const name = render(key, scope);
    const rendered = renderDeep(item, scope, mode);
    // Of two keys that render to the same text the first is kept.
    if (!result.has(name)) result.set(name, rendered);
  }
  return result;
}

/** Whether a rendered condition holds: empty text, `false`, `0` and `-0` do not. */
export function isTruthy(text: string, options: { readonly trim?: boolean } = {}): boolean {
  const condition = options.trim === false ? text : text.trim();
  return condition !== '' && condition !== 'false' && condition !== '0' && condition !== '-0';
}

/** Whether a text has anything to render. */
export function hasExpression(text: string): boolean {
  return /\{[{%#]/.test(text);
}

function openSession(scope: Scope): Session {
  const { host } = scope;
  const budget = new Budget({ ...defaultLimits, ...scope.limits });
  const printing: Printing = {
    budget,
    offsetAt: (epochSecond) =>
      isUtc(host.timeZone) ? 0 : dates().offsetAt(host.timeZone ?? 'UTC', epochSecond),
  };
  const { dialect = '1.x', recursive = false, observer } = scope;
  return { host, dialect, recursive, budget, printing, ...(observer && { observer }) };
}

function isUtc(zone: string | undefined): boolean {
  return zone === undefined || zone === 'UTC' || zone === 'Z';
}

/** The stack of the process is a limit too, should a deep template come past the counted ones. */
function guarded<T>(template: string, session: Session, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof RangeError) {
      const name = /stack/.test(error.message) ? 'depth' : 'outputCharacters';
      throw limitError(name, session.budget.limits[name]).locate(origin, template);
    }
    if (error instanceof ExpressionError) error.locate(origin, template);
    throw error;
  }
}

const origin = { line: 1, column: 1 };

function openFrame(template: string, variables: ValueMap, session: Session): Frame {
  const run: Run = {
    ...session,
    template: templateOf(template, parse, session.dialect),
    given: variables,
    executeToText,
    renderValue: (value, frame, passes) => renderNested(value, frame, passes, session),
  };
  return { run, scope: { names: new Map() }, given: variables };
}

function renderOnce(template: string, variables: ValueMap, session: Session): string {
  if (!template.includes('{')) return template;
  // Parsing takes time too, and a template can render others without end.
  session.budget.spend(Math.ceil(template.length / charactersParsedPerStep));
  const frame = openFrame(template, variables, session);
  return executeToText(frame.run.template.nodes, frame);
}

function renderTypedOnce(
  template: string,
  variables: ValueMap,
  session: Session,
  isStrict: boolean,
): Value {
  const frame = openFrame(template, variables, session);
  const output = new TypedOutput(session.printing, isStrict);
  execute(frame.run.template.nodes, frame, output);
  return output.result;
}

function renderText(template: string, variables: ValueMap, session: Session): string {
  const first = renderOnce(template, variables, session);
  return stripRawTags(session.recursive ? untilStable(first, template, variables, session) : first);
}

function untilStable(
  first: string,
  template: string,
  variables: ValueMap,
  session: Session,
): string {
  let previous = template;
  let current = first;
  for (let pass = 0; current !== previous; pass++) {
    if (pass >= session.budget.limits.recursion) throw recursionError();
    previous = current;
    current = renderOnce(previous, variables, session);
  }
  return current;
}

function recursionError(): ExpressionError {
  return new ExpressionError('recursion-limit', tooManyAttempts, { subject: 'recursion' });
}

/** What the functions `render` and `renderOnce` do with a value. */
function renderNested(
  value: Value,
  frame: Frame,
  passes: 'once' | 'until-stable',
  session: Session,
): Value {
  const { budget } = session;
  const variables = variablesInSight(frame);
  budget.recursion++;
  if (budget.recursion > budget.limits.recursion) throw recursionError();
  const walk = (item: Value): Value => {
    if (typeof item === 'string') return renderNestedText(item, variables, passes, session);
    if (isList(item)) return item.map(walk);
    if (!isMap(item)) return item;
    const result = new Map<string, Value>();
    for (const [key, entry] of item.entries()) {
      const name = renderNestedText(key, variables, passes, session);
      const rendered = walk(entry);
      if (!result.has(name)) result.set(name, rendered);
    }
    return result;
  };
  const result = walk(value);
  budget.recursion--;
  return result;
}

function renderNestedText(
  template: string,
  variables: ValueMap,
  passes: 'once' | 'until-stable',
  session: Session,
): string {
  try {
    const first = renderOnce(template, variables, session);
    const text = passes === 'once' ? first : untilStable(first, template, variables, session);
    return stripRawTags(text);
  } catch (error) {
    // What is undefined inside a rendered value is no longer undefined for the `??` around it.
    throw error instanceof ExpressionError ? contain(error) : error;
  }
}
