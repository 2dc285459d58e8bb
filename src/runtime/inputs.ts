/** Inputs of an execution to be started: typed by the flow reader, rendered and stored from here. */
import type { ExecutionId } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import { settle } from '../expression/pending.ts';
import { renderTyped } from '../expression/render.ts';
import { isMap, type ValueMap } from '../expression/value.ts';
import { type Given, type InputIssue, type InputValue, resolveInputs } from '../flow/inputs.ts';
import { executionFolder, fileAddress, safeFileName } from './files.ts';
import { hostOf, type TaskHost } from './host.ts';
import type { Runtime } from './runtime.ts';
import { openedInputs } from './secrets.ts';
import { newExecutionId } from './start.ts';

export type FlowInputs =
  | {
      readonly inputs: ValueMap;
      readonly issues: readonly [];
      /** Given, but not declared: dropped. */
      readonly undeclared: readonly string[];
    }
  | { readonly inputs?: undefined; readonly issues: readonly InputIssue[] };

/**
 * `given`: texts, JSON data, or `File`s of a form, which become files of the execution that is to be
 * started with them. `mayBeMissing`: also inputs that are required.
 */
export async function resolveFlowInputs(
  runtime: Runtime,
  flow: Flow,
  given: Readonly<Record<string, unknown>>,
  execution: ExecutionId = newExecutionId(runtime.random),
  { mayBeMissing = false }: { readonly mayBeMissing?: boolean } = {},
): Promise<FlowInputs> {
  const host = hostOf(runtime, flow);
  const { mask, seal, sealTexts } = host.secrets;
  const resolved = await resolveInputs(flow, await withFiles(given), {
    render: async (template, variables) => {
      const scope = { variables: withOpenedInputs(flow, variables, host), host };
      return (await settle(() => renderTyped(template, scope))) as InputValue;
    },
    storeFile: async (input, { name, bytes }) => {
      const folder = `${executionFolder(flow, execution)}/inputs/${input}`;
      const key = `${folder}/${safeFileName(name)}`;
      // A request that is repeated must not change a file that is being read.
      if ((await runtime.blobs.size(key)) === undefined) await runtime.blobs.put(key, bytes);
      return fileAddress(key);
    },
    ...(seal && { protect: (clear) => seal(clear) as InputValue }),
  });
  const { values, undeclared } = resolved;
  const issues = resolved.issues.filter(({ code }) => !mayBeMissing || code !== 'missing-input');
  // A default may be made of a secret, and then be refused.
  if (issues.length > 0) return { issues: issues.map((issue) => masked(issue, mask)) };
  return { inputs: sealTexts(values), issues: [], undeclared };
}

/** Defaults and conditions of inputs see the SECRET inputs they depend on in clear. */
function withOpenedInputs(flow: Flow, variables: ValueMap, { secrets }: TaskHost): ValueMap {
  const inputs = variables.get('inputs');
  if (!isMap(inputs)) return variables;
  return new Map([...variables, ['inputs', openedInputs(flow, inputs, secrets)]]);
}

function masked(issue: InputIssue, mask: (text: string) => string): InputIssue {
  const { message, cause } = issue;
  return {
    ...issue,
    message: mask(message),
    ...(cause !== undefined && { cause: mask(cause) }),
  };
}

async function withFiles(given: Readonly<Record<string, unknown>>): Promise<Given> {
  const read = async ([name, value]: [string, unknown]): Promise<[string, unknown]> => {
    if (!(value instanceof File)) return [name, value];
    return [name, { name: value.name, bytes: new Uint8Array(await value.arrayBuffer()) }];
  };
  return new Map(await Promise.all(Object.entries(given).map(read)));
}
