/** Request bodies, read with a limit before anything looks at them. */
import { jsonDepth } from '../flow/json-text.ts';
import { Problem } from './problem.ts';

const bodyBytesMax = 1024 * 1024;
/** Files among the inputs may be larger than a flow; a Function URL takes 6 MB. */
const formBytesMax = 6 * 1024 * 1024;

export async function readText(request: Request): Promise<string> {
  const bytes = await readBytes(request, bodyBytesMax);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Problem(400, 'not-utf8', 'The body is not UTF-8 text.');
  }
}

/** Deeper than any value may be, and still far from what the stack takes. */
const depthMax = 500;

/** JSON of a body; `what` is what it is, for the message. */
export function parseBody(text: string, what: string): unknown {
  if (jsonDepth(text) > depthMax) {
    throw new Problem(400, 'too-deep', `${what} nested deeper than ${depthMax} levels.`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem(400, 'not-json', `${what} not JSON: ${(error as Error).message}.`);
  }
}

/** Fields of `multipart/form-data` or `application/x-www-form-urlencoded`. */
export async function readForm(request: Request): Promise<FormData> {
  const bytes = await readBytes(request, formBytesMax);
  const headers = { 'content-type': request.headers.get('content-type') ?? '' };
  try {
    return await new Response(bytes, { headers }).formData();
  } catch {
    throw new Problem(400, 'not-a-form', 'The body is not the form its Content-Type says it is.');
  }
}

async function readBytes(request: Request, bytesMax: number): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = new Problem(413, 'too-large', `The body is larger than ${bytesMax} bytes.`);
  if (Number(request.headers.get('content-length') ?? 0) > bytesMax) throw tooLarge;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > bytesMax) throw tooLarge;
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function mediaType(request: Request): string {
  return (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

export function isForm(request: Request): boolean {
  return ['multipart/form-data', 'application/x-www-form-urlencoded'].includes(mediaType(request));
}
