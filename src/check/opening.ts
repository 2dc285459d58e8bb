/**
 * How a flowable task opens: as a sequence, with its tasks side by side, or as a loop. Asked of the
 * task's own definition with stand-ins for what only running can render.
 */
import type { ConversionKind, Json, Task } from '../engine/flow.ts';
import { isTemplate } from '../flow/duration.ts';
import { notYet } from '../flow/task.ts';
import type { TaskDefinition } from '../tasks/define.ts';

export type Opening =
  /** `rounds`: again and again. */
  | { readonly type: 'sequence'; readonly rounds: boolean }
  /** At most `limit` members at a time; 0 for all. */
  | { readonly type: 'side-by-side'; readonly limit: number }
  /** Each task when those in its `after` have ended. */
  | { readonly type: 'graph' }
  /** `values` where the flow itself says them; `sideBySide`: the tasks of a round too. */
  | {
      readonly type: 'loop';
      readonly values: readonly string[] | undefined;
      readonly sideBySide: boolean;
    }
  /** It cannot be told. */
  | { readonly type: 'unknown' };

export function openingOf(task: Task, definition: TaskDefinition | undefined): Opening {
  if (definition?.kind !== 'flowable') return { type: 'unknown' };
  if (definition.sharesDirectory) return { type: 'sequence', rounds: false };
  const fixed = !Object.keys(task.conversions).some((path) => holdsTemplate(task, path));
  try {
    // As it opens once it has waited for whatever it waits for.
    const opening = { resumed: {}, round: 0, ...notYet };
    const opened = definition.open(standIns(task), everyBranch, opening);
    if (opened instanceof Promise) {
      opened.catch(() => undefined);
      return { type: 'unknown' };
    }
    const { fan } = opened;
    switch (fan?.type) {
      case undefined:
        return { type: 'unknown' };
      case 'sequence':
        return { type: 'sequence', rounds: fan.round !== undefined };
      case 'tasks':
        return { type: 'side-by-side', limit: fan.limit };
      case 'graph':
        return { type: 'graph' };
      case 'values':
        return {
          type: 'loop',
          values: fixed ? fan.values : undefined,
          sideBySide: fan.sideBySide === true,
        };
    }
  } catch {
    return { type: 'unknown' };
  }
}

/** Whatever a stand-in names is there, so that a choice between branches opens one. */
class EveryBranch extends Set<string> {
  override has(): boolean {
    return true;
  }
}

const everyBranch: ReadonlySet<string> = new EveryBranch();

function holdsTemplate(task: Task, path: string): boolean {
  return containsTemplate(valueAt(task.properties, path.split('.')));
}

function containsTemplate(value: Json | undefined): boolean {
  if (typeof value === 'string') return isTemplate(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, item]) => isTemplate(key) || containsTemplate(item));
}

export function valueAt(value: Json, [step, ...rest]: readonly string[]): Json | undefined {
  if (step === undefined) return value;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
  const below = (value as { readonly [key: string]: Json })[step];
  return below === undefined ? undefined : valueAt(below, rest);
}

const values: Readonly<Record<ConversionKind, unknown>> = {
  text: 'text',
  texts: 'text',
  integer: 1,
  number: 1,
  boolean: true,
  duration: 1_000,
  list: ['value'],
  map: { key: 'value' },
  any: ['value'],
};

function standIns(task: Task): Record<string, unknown> {
  const properties: Record<string, unknown> = { ...task.properties };
  for (const [path, kind] of Object.entries(task.conversions)) {
    const [name = ''] = path.split('.');
    const isWhole = !path.includes('.');
    if (isWhole && typeof properties[name] === 'string') {
      properties[name] = isTemplate(properties[name]) ? values[kind] : properties[name];
    }
  }
  return properties;
}
