/** Why an execution started, as its header keeps it: `{id, type, variables}`. */
import { isMap, type Value, type ValueMap } from '../expression/value.ts';

export interface TriggerRecord {
  /** Of the trigger, or of the task that started it. */
  readonly id: string;
  readonly type: string;
  readonly variables: ValueMap;
}

export function triggerValue({ id, type, variables }: TriggerRecord): Value {
  return new Map<string, Value>([
    ['id', id],
    ['type', type],
    ['variables', variables],
  ]);
}

/** `trigger.*` of expressions: the variables alone. */
export function triggerVariables(stored: Value): ValueMap {
  const variables = isMap(stored) ? stored.get('variables') : undefined;
  return variables !== undefined && isMap(variables) ? variables : new Map();
}
