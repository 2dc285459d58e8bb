/** A response body as text: an output is text or it is nothing. */
import { TaskFailure } from '../define.ts';
import type { HttpResponse } from './client.ts';

/** A character of the basic plane that Unicode does not define: the sign of a binary body. */
const undefinedCharacter = /(?![\u{10000}-\u{10ffff}])\p{Cn}/u;

/** In the charset the server names, else UTF-8. Fails on text that cannot be text. */
export function checkedText(response: HttpResponse): string {
  const text = decode(response.body, charsetOf(response.headers.get('content-type') ?? ''));
  const found = undefinedCharacter.exec(text)?.[0].codePointAt(0);
  if (found === undefined) return text;
  throw new TaskFailure({
    code: 'http-body',
    message: `Illegal unicode code point in request body: ${found}, the Request task only support valid Unicode strings as body.\nYou can try using the Download task instead.`,
  });
}

function charsetOf(contentType: string): string {
  return /charset\s*=\s*"?([^\s;"]+)/i.exec(contentType)?.[1] ?? 'utf-8';
}

function decode(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    // A charset nobody knows: UTF-8 is the likeliest, and the text itself tells if it was not.
    return new TextDecoder().decode(bytes);
  }
}
