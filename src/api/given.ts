/** Inputs as a request gives them: in its query, as a form, or as JSON. */
import type { Context } from 'hono';
import { isForm, parseBody, readForm, readText } from './body.ts';
import { Problem } from './problem.ts';

export type Given = Readonly<Record<string, unknown>>;

/** `?inputs.name=value`. */
export function fromQuery(context: Context): Given {
  const given: Record<string, unknown> = Object.create(null);
  for (const [name, value] of Object.entries(context.req.query())) {
    if (name.startsWith('inputs.')) given[name.slice('inputs.'.length)] = value;
  }
  return given;
}

export function fromForm(form: FormData, except?: string): Given {
  const given: Record<string, unknown> = Object.create(null);
  for (const [name, value] of form) if (name !== except) given[name] = value;
  return given;
}

export async function inputsInBody(request: Request): Promise<Given> {
  if (isForm(request)) return fromForm(await readForm(request));
  const text = await readText(request);
  if (text.trim() === '') return {};
  const body = parseBody(text, 'The inputs are');
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Given;
  throw new Problem(400, 'not-json', 'The inputs must be a JSON object: {"name": value}.');
}
