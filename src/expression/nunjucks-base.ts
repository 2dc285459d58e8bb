/**
 * The only file that knows nunjucks. Its Tokenizer is the base for cursor, lines and columns, its
 * Parser for the walk over text, prints and tags and for token buffering. The expression grammar,
 * the tags and the rules for text and white space are Pebble's, in `tokenizer.ts`,
 * `expression-parser.ts` and `parser.ts`. Nothing else of nunjucks is used: no environment, no
 * compiler, no runtime; importing the two modules by path keeps them out of every bundle.
 */
import nunjucksLexer, { type Tokenizer } from 'nunjucks/src/lexer.js';
import nunjucksParser from 'nunjucks/src/parser.js';

export type { Token } from 'nunjucks/src/lexer.js';

// The class is not exported; every tokenizer that `lex` returns is an instance of it.
export const BaseTokenizer: typeof Tokenizer = Object.getPrototypeOf(
  nunjucksLexer.lex(''),
).constructor;

export const BaseParser = nunjucksParser.Parser;
