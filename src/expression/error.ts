/**
 * The one error of the expression language. A template that cannot be parsed or rendered throws an
 * `ExpressionError` and nothing else (`Pending` is not an error but a request for more data).
 *
 * `kind` is what callers branch on, `message` is what a flow author reads. Facts such as the name
 * that was not found are fields, so that a checker can add the nearest known name.
 */

export type ExpressionErrorKind =
  | 'undefined'
  | 'syntax'
  | 'unknown-tag'
  | 'unknown-filter'
  | 'unknown-function'
  | 'unknown-test'
  | 'argument'
  | 'evaluation'
  | 'typed-concat'
  | 'recursion-limit'
  | 'limit'
  | 'security'
  | 'host';

export interface ErrorFacts {
  readonly line?: number;
  readonly column?: number;
  /** The variable, filter, function, test, tag, argument or limit the error is about. */
  readonly subject?: string;
  readonly template?: string;
  readonly cause?: unknown;
}

export class ExpressionError extends Error {
  readonly kind: ExpressionErrorKind;
  /** Counted from 1; 0 until the interpreter has put the error in its place. */
  line: number;
  column?: number;
  template?: string;
  readonly subject?: string;

  constructor(kind: ExpressionErrorKind, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'ExpressionError';
    this.kind = kind;
    this.line = facts.line ?? 0;
    if (facts.column !== undefined) this.column = facts.column;
    if (facts.subject !== undefined) this.subject = facts.subject;
    if (facts.template !== undefined) this.template = facts.template;
  }

  /** Fills in the place of an error raised by code that did not know it. The first place wins. */
  locate(place: { readonly line: number; readonly column: number }, template: string): this {
    if (this.line === 0) {
      this.line = place.line;
      this.column = place.column;
    }
    this.template ??= template;
    return this;
  }
}

/** Shorthand for the most common failure: an operand or argument that does not fit. */
export function evaluationError(message: string, cause?: unknown): ExpressionError {
  return new ExpressionError('evaluation', message, cause === undefined ? {} : { cause });
}

export function argumentError(message: string, subject?: string): ExpressionError {
  return new ExpressionError('argument', message, subject === undefined ? {} : { subject });
}
