/** The flow's own outputs, rendered and typed once when the execution ends. */
import type { Flow, Output } from '../engine/flow.ts';
import { writeJson } from '../expression/json.ts';
import { renderDeep, renderTyped, type Scope } from '../expression/render.ts';
import { fromPlain, type Value, type ValueMap } from '../expression/value.ts';
import { settle } from '../expression/pending.ts';
import { TaskFailure } from '../tasks/define.ts';
import type { TaskHost } from './host.ts';
import { encryptionKeyVariable, type Secrets } from './secrets.ts';

interface OutputScope extends Scope {
  readonly host: TaskHost;
}

/**
 * Throws `ExpressionError`, or `TaskFailure` where a required output is null, a value is not of its
 * type, or one of type SECRET cannot be encrypted.
 */
export async function outputsOfFlow(flow: Flow, scope: OutputScope): Promise<ValueMap> {
  const rendered = await settle(() => renderOutputs(flow, scope));
  const outputs = new Map<string, Value>();
  for (const output of flow.outputs) {
    outputs.set(output.id, await typed(output, rendered.get(output.id) ?? null));
  }
  return outputs;
}

function renderOutputs(flow: Flow, scope: OutputScope): ValueMap {
  const outputs = new Map<string, Value>();
  for (const output of flow.outputs) outputs.set(output.id, valueOf(output, scope));
  return outputs;
}

/** Texts need no reader of values, which a step does not start with. */
async function typed({ id, type }: Output, value: Value): Promise<Value> {
  if (value === null || type === 'SECRET') return value;
  if (type === 'STRING') return textOf(value);
  const { parseOutput, Refused } = await import('../flow/input-values.ts');
  const { parseJson } = await import('../flow/json-text.ts');
  try {
    return parseOutput(type, typeof value === 'string' ? value : parseJson(writeJson(value)));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const message = `Invalid value for output \`${id}\`. Cause: ${error.message}`;
    throw new TaskFailure({ code: 'invalid-output', message });
  }
}

function textOf(value: Value): string {
  return typeof value === 'string' ? value : writeJson(value);
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
  if (seal) return seal(textOf(value));
  throw new TaskFailure({
    code: 'no-encryption-key',
    message: `Output '${id}' is of type SECRET and there is no key to encrypt it: ${encryptionKeyVariable} is not set`,
  });
}
