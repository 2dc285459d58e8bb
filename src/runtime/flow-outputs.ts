/** The flow's own outputs, rendered once when the execution ends. */
import type { Flow, Output } from '../engine/flow.ts';
import { renderDeep, renderTyped, type Scope } from '../expression/render.ts';
import { fromPlain, type Value, type ValueMap } from '../expression/value.ts';
import { TaskFailure } from '../tasks/define.ts';

/** Throws `Pending`, `ExpressionError`, or `TaskFailure` where a required output is null. */
export function renderOutputs(flow: Flow, scope: Scope): ValueMap {
  const outputs = new Map<string, Value>();
  for (const output of flow.outputs) outputs.set(output.id, valueOf(output, scope));
  return outputs;
}

function valueOf(output: Output, scope: Scope): Value {
  const { value } = output;
  const rendered =
    typeof value === 'string' ? renderTyped(value, scope) : renderDeep(fromPlain(value), scope);
  if (rendered === null && output.required) {
    throw new TaskFailure({
      code: 'missing-output',
      message: `Output '${output.id}' is null but required`,
    });
  }
  return rendered;
}
