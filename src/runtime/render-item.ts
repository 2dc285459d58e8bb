/** Expressions over the items of a file, one item at a time. */
import { ExpressionError } from '../expression/error.ts';
import { ion } from '../expression/libraries.ts';
import { Budget, defaultLimits } from '../expression/limits.ts';
import { settle } from '../expression/pending.ts';
import { render, type Scope } from '../expression/render.ts';
import { isMap, type ValueMap } from '../expression/value.ts';
import { type RenderedItem, TaskFailure } from '../tasks/define.ts';
import { failureOf } from './failure.ts';
import { LazyMap } from './lazy-map.ts';

const shownCharactersMax = 200;

/** Each item has the whole budget of a render (src/expression/limits.ts). */
export async function renderItem(
  template: string,
  item: string,
  scope: Scope,
): Promise<RenderedItem> {
  const fields = await settle(() => fieldsOf(item));
  try {
    const variables = inFront(fields, scope.variables);
    return { text: await settle(() => render(template, { ...scope, variables })) };
  } catch (error) {
    if (error instanceof ExpressionError) return { failure: failureOf(error) };
    throw error;
  }
}

function fieldsOf(item: string): ValueMap {
  const { readIon } = ion();
  try {
    const value = readIon(item, new Budget(defaultLimits));
    if (isMap(value)) return value;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw noMap(item, error);
  }
  throw noMap(item);
}

function noMap(item: string, cause?: unknown): TaskFailure {
  const shown = item.slice(0, shownCharactersMax);
  const message = `An item must be a map in Ion or JSON, on one line, but it is: ${shown}`;
  return new TaskFailure({ code: 'item', message, retryable: false }, { cause });
}

function inFront(fields: ValueMap, behind: ValueMap): ValueMap {
  return new LazyMap({
    get: (key) => (fields.has(key) ? fields.get(key) : behind.get(key)),
    keys: () => new Set([...fields.keys(), ...behind.keys()]),
  });
}
