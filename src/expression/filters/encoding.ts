/** Filters that encode text and hash it. */
import { decodeBase64, encodeBase64, fromUtf8, toUtf8 } from '../base64.ts';
import { type Call, type FilterDefinition, nullSafe } from '../definition.ts';
import { evaluationError } from '../error.ts';
import { hashes } from '../libraries.ts';
import { onlyText, textOf } from './text.ts';

function urlEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

function urlDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw evaluationError(`'${text}' is not form-encoded text`);
  }
}

/** The bytes of a text; working on bytes one by one costs a step each. */
function bytesOf(text: string, call: Call): Uint8Array {
  call.run.budget.spend(text.length);
  return toUtf8(text);
}

function hash(algorithm: 'md5' | 'sha1' | 'sha256' | 'sha512'): FilterDefinition {
  return nullSafe(
    '',
    (input, _args, call) => {
      return hashes()[algorithm](bytesOf(onlyText(input, call), call));
    },
    { takesMore: true },
  );
}

const takesMore = { takesMore: true };

export const encodingFilters: readonly (readonly [string, FilterDefinition])[] = [
  [
    'base64decode',
    nullSafe(
      '',
      (input, _args, call) => {
        const text = onlyText(input, call);
        call.run.budget.spend(text.length);
        const bytes = decodeBase64(text);
        if (bytes === undefined) throw evaluationError('The text is not valid base64');
        return fromUtf8(bytes);
      },
      takesMore,
    ),
  ],
  [
    'base64encode',
    nullSafe(
      '',
      (input, _args, call) => encodeBase64(bytesOf(textOf(input, call), call)),
      takesMore,
    ),
  ],
  ['md5', hash('md5')],
  ['sha1', hash('sha1')],
  ['sha256', hash('sha256')],
  ['sha512', hash('sha512')],
  ['urldecode', nullSafe('', (input, _args, call) => urlDecode(onlyText(input, call)), takesMore)],
  ['urlencode', nullSafe('', (input, _args, call) => urlEncode(onlyText(input, call)), takesMore)],
];
