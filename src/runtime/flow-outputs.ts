/** The flow's own outputs, rendered once when the execution ends. */
import type { Flow, Output } from '../engine/flow.ts';
import { writeJson } from '../expression/json.ts';
import { renderDeep, renderTyped, type Scope } from '../expression/render.ts';
import { fromPlain, type Value, type ValueMap } from '../expression/value.ts';
import { TaskFailure } from '../tasks/define.ts';
import type { TaskHost } from './host.ts';
import { encryptionKeyVariable, type Secrets } from './secrets.ts';

interface OutputScope extends Scope {
  readonly host: TaskHost;
}

/**
 * Throws `Pending`, `ExpressionError`, or `TaskFailure` where a required output is null or one of type
 * SECRET cannot be encrypted.
 */
export function renderOutputs(flow: Flow, scope: OutputScope): ValueMap {
  const outputs = new Map<string, Value>();
  for (const output of flow.outputs) outputs.set(output.id, valueOf(output, scope));
  return outputs;
}

function valueOf(output: Output, scope: OutputScope): Value {
  const { value } = output;
  const rendered =
    typeof value === 'string' ? renderTyped(value, scope) : renderDeep(fromPlain(value), scope);
  if (rendered === null && output.required) {
    throw new TaskFailure({
      code: 'missing-output',
      message: `Output '${output.id}' is null but required`,
    });
  }
  return output.type === 'SECRET' && rendered !== null
    ? sealed(output, rendered, scope.host.secrets)
    : rendered;
}

function sealed({ id }: Output, value: Value, { seal }: Secrets): Value {
  if (seal) return seal(typeof value === 'string' ? value : writeJson(value));
  throw new TaskFailure({
    code: 'no-encryption-key',
    message: `Output '${id}' is of type SECRET and there is no key to encrypt it: ${encryptionKeyVariable} is not set`,
  });
}
