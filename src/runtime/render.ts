/**
 * From the properties a flow author wrote to the ones `run` sees: rendered, then converted to the
 * kind the task declared. The flow reader worked out which properties those are, so no schema
 * library is needed here.
 */
import type { Failure } from '../engine/execution.ts';
import type { ConversionKind, Json, Task } from '../engine/flow.ts';
import { DurationValue } from '../expression/date-value.ts';
import { ExpressionError } from '../expression/error.ts';
import { convertProperty, type PropertyType } from '../expression/property.ts';
import { render, renderDeep, renderTyped, type Scope } from '../expression/render.ts';
import { fromPlain, isList, toPlain, type Value } from '../expression/value.ts';
import { TaskFailure } from '../tasks/define.ts';

/**
 * The task's properties as plain data, those that it renders itself as they were written. Throws
 * `Pending`, `ExpressionError` or `TaskFailure`.
 */
export function renderProperties(
  task: Pick<Task, 'properties' | 'conversions'>,
  scope: Scope,
  asWritten: readonly string[] = [],
): Record<string, unknown> {
  const rendered: Record<string, unknown> = { ...task.properties };
  for (const [path, kind] of Object.entries(task.conversions)) {
    if (asWritten.includes(path)) continue;
    convertAt(rendered, path.split('.'), path, kind, scope);
  }
  return rendered;
}

function convertAt(
  holder: Holder,
  [name, ...rest]: readonly string[],
  path: string,
  kind: ConversionKind,
  scope: Scope,
): void {
  if (name === undefined || !Object.hasOwn(holder, name)) return;
  const written = holder[name];
  if (written === null || written === undefined) return;
  if (rest.length === 0) {
    holder[name] = convert(written as Json, kind, path, scope);
  } else if (typeof written === 'object') {
    // The flow is shared by every execution: what changes is copied on the way down.
    const copy = (Array.isArray(written) ? [...written] : { ...written }) as Holder;
    holder[name] = copy;
    convertAt(copy, rest, path, kind, scope);
  }
}

type Holder = Record<string, unknown>;

function convert(written: Json, kind: ConversionKind, path: string, scope: Scope): unknown {
  switch (kind) {
    case 'text':
      return typeof written === 'string' ? render(written, scope) : written;
    case 'texts':
      return texts(written, scope);
    case 'any':
      return toPlain(deep(written, scope));
    default:
      return converted(written, kind, path, scope);
  }
}

/** Containers item by item; a text that is one expression keeps its type. */
function deep(written: Json, scope: Scope): Value {
  if (typeof written === 'string') return renderTyped(written, scope);
  return renderDeep(fromPlain(written), scope);
}

function texts(written: Json, scope: Scope): unknown {
  if (typeof written !== 'string') return toPlain(renderDeep(fromPlain(written), scope));
  const value = renderTyped(written, scope);
  if (!isList(value)) return render(written, scope);
  return value.map((item) => (typeof item === 'string' ? item : print(item, scope)));
}

/** One value as a template would print it. */
function print(value: Value, scope: Scope): string {
  return render('{{ value }}', { ...scope, variables: new Map([['value', value]]) });
}

/** Blank text and null are nothing: the property is absent. */
function converted(written: Json, kind: PropertyType, path: string, scope: Scope): unknown {
  const value = deep(written, scope);
  if (value === null || (typeof value === 'string' && value.trim() === '')) return undefined;
  const read = orWrongType(value, kind, path);
  if (read instanceof DurationValue) return read.seconds * 1_000 + read.nano / 1_000_000;
  const plain = toPlain(read);
  if (kind === 'integer' && !Number.isSafeInteger(plain)) throw wrongType(path, kind, value);
  return plain;
}

function orWrongType(value: Value, kind: PropertyType, path: string): Value {
  try {
    return convertProperty(value, kind);
  } catch (error) {
    if (error instanceof ExpressionError) throw wrongType(path, kind, value, error);
    throw error;
  }
}

function wrongType(path: string, kind: string, value: Value, cause?: unknown): TaskFailure {
  const shown = JSON.stringify(toPlain(value))?.slice(0, 200);
  const failure: Failure = {
    code: 'property-type',
    message: `Property '${path}' must be a ${kind}, but it is ${shown}`,
  };
  return new TaskFailure(failure, { cause });
}
