/** The body of a request from what the flow gives: form data, text, or JSON written as YAML. */
import { type TaskContext, TaskFailure } from '../define.ts';

export interface BodySource {
  readonly contentType: string;
  readonly body?: unknown;
  readonly formData?: Readonly<Record<string, unknown>> | undefined;
  readonly charset: string;
}

type FileContext = Pick<TaskContext, 'getFile'>;

export interface Body {
  readonly bytes?: Buffer;
  readonly contentType: string;
}

/** Form data wins over a body. Without either the content type is sent all the same, as in Kestra. */
export async function buildBody(source: BodySource, context: FileContext): Promise<Body> {
  const { formData, contentType, body } = source;
  if (formData !== undefined && Object.keys(formData).length > 0) {
    return contentType === 'multipart/form-data'
      ? multipart(formData, context)
      : urlEncoded(formData);
  }
  if (body === undefined || body === null) return { contentType };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    bytes: encode(text, source.charset),
    contentType: /charset=/i.test(contentType)
      ? contentType
      : `${contentType}; charset=${source.charset}`,
  };
}

async function multipart(
  fields: Readonly<Record<string, unknown>>,
  context: FileContext,
): Promise<Body> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (isFileAddress(value)) await appendFile(form, { name, address: value }, context);
    else if (isNamedFile(value)) {
      await appendFile(form, { name, address: value.content, fileName: value.name }, context);
    } else form.append(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  // A Response knows how to write a form, boundary included.
  const response = new Response(form);
  return {
    bytes: Buffer.from(await response.arrayBuffer()),
    contentType: response.headers.get('content-type') ?? 'multipart/form-data',
  };
}

interface FilePart {
  readonly name: string;
  readonly address: string;
  readonly fileName?: string;
}

async function appendFile(form: FormData, part: FilePart, context: FileContext): Promise<void> {
  const bytes = await context.getFile(part.address);
  const fileName = part.fileName ?? part.address.split('/').at(-1) ?? part.name;
  form.append(part.name, new Blob([new Uint8Array(bytes)]), fileName);
}

function isFileAddress(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith('kestra://');
}

function isNamedFile(value: unknown): value is { name: string; content: string } {
  if (typeof value !== 'object' || value === null || !('name' in value && 'content' in value)) {
    return false;
  }
  return typeof value.name === 'string' && typeof value.content === 'string';
}

function urlEncoded(fields: Readonly<Record<string, unknown>>): Body {
  const pairs = Object.entries(fields).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return {
    bytes: Buffer.from(new URLSearchParams(pairs).toString()),
    contentType: 'application/x-www-form-urlencoded',
  };
}

function encode(text: string, charset: string): Buffer {
  switch (charset.toLowerCase().replace(/[_-]/g, '')) {
    case 'utf8':
      return Buffer.from(text, 'utf8');
    case 'iso88591':
    case 'latin1':
      return Buffer.from(text, 'latin1');
    case 'usascii':
    case 'ascii':
      // Node's own ascii keeps the low byte of what is not ASCII; a question mark is what Java sends.
      return Buffer.from(text.replace(/[^\0-\x7f]/g, '?'), 'latin1');
    case 'utf16le':
      return Buffer.from(text, 'utf16le');
    case 'utf16be':
      return Buffer.from(text, 'utf16le').swap16();
    case 'utf16':
      return Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(text, 'utf16le').swap16()]);
    default:
      throw new TaskFailure({
        code: 'http-charset',
        message: `The charset "${charset}" is not supported for request bodies.`,
        retryable: false,
      });
  }
}
