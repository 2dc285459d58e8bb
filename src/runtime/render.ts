/**
 * From the properties a flow author wrote to the ones `run` sees: rendered, then converted to the
 * kind the task declared. The flow reader worked out which properties those are, so no schema
 * library is needed here.
 */
import type { Failure } from '../engine/execution.ts';
import type { ConversionKind, Json, Task } from '../engine/flow.ts';
import { readJson } from '../expression/json.ts';
import { render, renderDeep, renderTyped, type Scope } from '../expression/render.ts';
import { fromPlain, isList, isMap, toPlain, type Value } from '../expression/value.ts';
import { durationMs } from '../flow/duration.ts';
import { TaskFailure } from '../tasks/define.ts';

/** The task's properties as plain data. Throws `Pending`, `ExpressionError` or `TaskFailure`. */
export function renderProperties(task: Task, scope: Scope): Record<string, unknown> {
  const rendered: Record<string, unknown> = { ...task.properties };
  for (const [path, kind] of Object.entries(task.conversions)) {
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
    case 'duration':
      return duration(written, path, scope);
    case 'integer':
    case 'number':
      return number(written, kind, path, scope);
    case 'boolean':
      return boolean(written, path, scope);
    case 'list':
    case 'map':
      return container(written, kind, path, scope);
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

function container(written: Json, kind: 'list' | 'map', path: string, scope: Scope): unknown {
  let value = deep(written, scope);
  if (typeof value === 'string') value = parsed(value, kind, path);
  if (value === null) return undefined;
  if (kind === 'list' ? isList(value) : isMap(value)) return toPlain(value);
  throw wrongType(path, kind, value);
}

function parsed(text: string, kind: string, path: string): Value {
  if (text.trim() === '') return null;
  try {
    return readJson(text);
  } catch (error) {
    throw wrongType(path, kind, text, error);
  }
}

function number(written: Json, kind: 'integer' | 'number', path: string, scope: Scope): unknown {
  if (typeof written === 'number') return written;
  const value = typeof written === 'string' ? renderTyped(written, scope) : fromPlain(written);
  if (value === null || value === '') return undefined;
  const read = typeof value === 'string' ? Number(value.trim()) : toPlain(value);
  if (typeof read !== 'number' || !Number.isFinite(read)) throw wrongType(path, kind, value);
  if (kind === 'integer' && !Number.isSafeInteger(read)) throw wrongType(path, kind, value);
  return read;
}

function boolean(written: Json, path: string, scope: Scope): unknown {
  if (typeof written === 'boolean') return written;
  const value = typeof written === 'string' ? renderTyped(written, scope) : fromPlain(written);
  if (typeof value === 'boolean') return value;
  if (value === null || value === '') return undefined;
  const text = typeof value === 'string' ? value.trim().toLowerCase() : '';
  if (text === 'true' || text === 'false') return text === 'true';
  throw wrongType(path, 'boolean', value);
}

function duration(written: Json, path: string, scope: Scope): unknown {
  const text = typeof written === 'string' ? render(written, scope).trim() : written;
  if (text === '') return undefined;
  const ms = typeof text === 'string' ? durationMs(text) : undefined;
  if (ms === undefined) throw wrongType(path, 'duration such as PT30S', fromPlain(text));
  return ms;
}

function wrongType(path: string, kind: string, value: Value, cause?: unknown): TaskFailure {
  const shown = JSON.stringify(toPlain(value))?.slice(0, 200);
  const failure: Failure = {
    code: 'property-type',
    message: `Property '${path}' must be a ${kind}, but it is ${shown}`,
  };
  return new TaskFailure(failure, { cause });
}
