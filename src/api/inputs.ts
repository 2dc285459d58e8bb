/** Inputs as clients send them, typed by the flow they are for. */
import type { Flow } from '../engine/flow.ts';
import type { ValueMap } from '../expression/value.ts';
import { resolveFlowInputs } from '../runtime/inputs.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { isForm, readForm, readText } from './body.ts';
import { Problem } from './problem.ts';

export type Given = Readonly<Record<string, unknown>>;

export async function typedInputs(runtime: Runtime, flow: Flow, given: Given): Promise<ValueMap> {
  const { inputs, issues } = await resolveFlowInputs(runtime, flow, given);
  if (inputs) return inputs;
  throw new Problem(
    422,
    'invalid-inputs',
    'The inputs do not fit the flow; nothing was started.',
    issues.map(({ code, message, input }) => ({ code, message, path: [input] })),
  );
}

/** Of a form, or a JSON object; no body is no input. */
export async function inputsInBody(request: Request): Promise<Given> {
  if (isForm(request)) return fromForm(await readForm(request));
  const text = await readText(request);
  if (text.trim() === '') return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new Problem(400, 'not-json', `The inputs are not JSON: ${(error as Error).message}.`);
  }
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Given;
  throw new Problem(400, 'not-json', 'The inputs must be a JSON object: {"name": value}.');
}

export function fromForm(form: FormData, except?: string): Given {
  const given: Record<string, unknown> = Object.create(null);
  for (const [name, value] of form) if (name !== except) given[name] = value;
  return given;
}
