/** Reads a template for checking, and says in plain words what cannot be read. */
import type * as ast from '../expression/ast.ts';
import { ExpressionError } from '../expression/error.ts';
import { parseTemplate } from '../expression/parser.ts';
import type { Facts } from '../flow/issues.ts';
import { nearest } from '../flow/nearest.ts';

export type Read =
  | { readonly template: ast.Template }
  | { readonly template?: undefined; readonly at: ast.Place; readonly facts: Facts };

/** A text that only one dialect can read is read in that one. */
export function readTemplate(text: string): Read {
  try {
    return { template: parseTemplate(text) };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const template = inNewDialect(text);
    return template === undefined ? wrong(error) : { template };
  }
}

function inNewDialect(text: string): ast.Template | undefined {
  try {
    return parseTemplate(text, '2.0');
  } catch (error) {
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
}

const tags = ['block', 'filter', 'for', 'if', 'macro', 'raw', 'set', 'verbatim'];
const innerTags = ['else', 'elseif', 'endblock', 'endfilter', 'endfor', 'endif', 'endmacro'];

function wrong(error: ExpressionError): Read {
  const at = { line: Math.max(1, error.line), column: error.column ?? 1 };
  const { subject } = error;
  if (error.kind === 'unknown-tag' && subject !== undefined) {
    if (innerTags.includes(subject)) {
      const reason = `\`${subject}\` stands here without the tag it belongs to.`;
      return { at, facts: { code: 'expression-syntax', reason } };
    }
    const suggestion = nearest(subject, [...tags, ...innerTags]);
    return { at, facts: { code: 'unknown-tag', name: subject, suggestion } };
  }
  return { at, facts: { code: 'expression-syntax', reason: reasonOf(error.message) } };
}

/** The names of token types that the reference engine's messages use. */
const words: ReadonlyMap<string, string> = new Map([
  ['an expression', 'a value'],
  ['EXECUTE_END', '`%}`'],
  ['EXECUTE_START', '`{%`'],
  ['NAME', 'a name'],
  ['NAME (in)', '`in`'],
  ['NUMBER', 'a number'],
  ['OPERATOR', 'an operator'],
  ['PRINT_END', '`}}`'],
  ['PRINT_START', '`{{`'],
  ['PUNCTUATION', 'a punctuation mark'],
  ['PUNCTUATION (()', '`(`'],
  ['PUNCTUATION ())', '`)`'],
  ['PUNCTUATION (])', '`]`'],
  ['PUNCTUATION (})', '`}`'],
  ['PUNCTUATION (=)', '`=`'],
  ['PUNCTUATION (:)', '`:`'],
  ['STRING', 'a text'],
  ['STRING_INTERPOLATION_END', '`}`'],
]);

function reasonOf(message: string): string {
  const expected =
    /^Unexpected token of value "([^]*)" and type (\w+), expected token of type ([^]+)$/.exec(
      message,
    );
  if (expected !== null) {
    const [, value = '', type = '', wanted = ''] = expected;
    const found = type === 'EOF' ? 'The text ends' : `Found \`${value}\``;
    return `${found} where ${words.get(wanted) ?? wanted} was expected.`;
  }
  const operand = /^Unexpected token "\w+" of value "([^]*)"$/.exec(message);
  if (operand !== null) return `Found \`${operand[1] ?? ''}\` where a value was expected.`;
  const closing = /^Unexpected "(.)"$/.exec(message);
  if (closing !== null) return `Found \`${closing[1] ?? ''}\` while another bracket is open.`;
  const character = /^Unexpected character \[([^]*)\]$/.exec(message);
  if (character !== null) return strangeCharacter(character[1] ?? '');
  const tag = /looking for the "(\w+)" tag$/.exec(message);
  if (tag !== null) return `The text ends where the tag \`${tag[1] ?? ''}\` was expected.`;
  return message.endsWith('.') ? message : `${message}.`;
}

function strangeCharacter(character: string): string {
  if (character === '"' || character === "'") return `The text after ${character} has no end.`;
  return `\`${character}\` has no meaning here: an operator, \`|\` or the end was expected.`;
}
