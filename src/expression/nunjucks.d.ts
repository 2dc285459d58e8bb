/** The two nunjucks modules in use; the published types do not cover them. */
declare module 'nunjucks/src/lexer.js' {
  export interface Token {
    type: string;
    value: unknown;
    lineno: number;
    colno: number;
  }
  export class Tokenizer {
    constructor(source: string, options?: object);
    str: string;
    index: number;
    len: number;
    lineno: number;
    colno: number;
    in_code: boolean;
    tags: Record<string, string>;
    nextToken(): Token | null;
    isFinished(): boolean;
    current(): string;
    forward(): void;
    forwardN(count: number): void;
    _matches(text: string): boolean | null;
    _extractString(text: string): string | null;
    _extractUntil(characters: string): string | null;
  }
  const lexer: { lex(source: string, options?: object): Tokenizer };
  export default lexer;
}

declare module 'nunjucks/src/parser.js' {
  import type { Token, Tokenizer } from 'nunjucks/src/lexer.js';
  export class Parser {
    constructor(tokens: Pick<Tokenizer, 'nextToken' | 'tags'>);
    tokens: Pick<Tokenizer, 'nextToken' | 'tags'>;
    breakOnBlocks: string[] | null;
    nextToken(withWhitespace?: boolean): Token | null;
    peekToken(): Token | null;
    pushToken(token: Token | null): void;
    parseNodes(): unknown[];
    parseUntilBlocks(...names: string[]): { children: unknown[] };
    parseStatement(): unknown;
    parseExpression(): unknown;
    advanceAfterVariableEnd(): void;
    fail(message: string, line?: number, column?: number): never;
  }
  const parser: { Parser: typeof Parser };
  export default parser;
}
