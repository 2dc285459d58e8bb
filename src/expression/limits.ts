/**
 * Every bound of the language, by name, and the budget one render spends.
 *
 * A flow author's template can loop, nest and multiply text; none of it may take the process down.
 * Each exceeded bound is an `ExpressionError` of kind `limit` (or `recursion-limit`) whose `subject`
 * is the name below. Depth is counted because the interpreter recurses on the JavaScript stack.
 */
import { ExpressionError } from './error.ts';

export interface Limits {
  /** Evaluated nodes, plus a share for large values; one step is in the order of 100 ns. */
  readonly steps: number;
  /** Nested evaluation, and nesting of values that are printed or compared. */
  readonly depth: number;
  /** Characters of the output and of any single text on the way there. */
  readonly outputCharacters: number;
  /** Elements of a range, and of any list that is built. */
  readonly rangeSize: number;
  /** Passes of recursive rendering, and `render()` or macros calling themselves. */
  readonly recursion: number;
  /** Milliseconds that all jq programs of one host may run, where the host can stop them. */
  readonly jqMs: number;
  /** Memory of one jq program, where the host can bound it; jq cannot take more than the default. */
  readonly jqBytes: number;
}

export const defaultLimits: Limits = {
  steps: 5_000_000,
  depth: 400,
  outputCharacters: 16_000_000,
  rangeSize: 1_000_000,
  recursion: 100,
  jqMs: 5_000,
  jqBytes: 256 * 1024 * 1024,
};

/** Characters of work that count as one step. */
const charactersPerStep = 64;

/** A map takes about 150 bytes, though `{}` is written with two. */
const stepsPerContainer = 10;

export class Budget {
  readonly limits: Limits;
  depth = 0;
  recursion = 0;
  #stepsLeft: number;

  constructor(limits: Limits) {
    this.limits = limits;
    this.#stepsLeft = limits.steps;
  }

  /** Spends steps; a list of n elements that is copied costs n. */
  spend(steps: number): void {
    this.#stepsLeft -= steps;
    if (this.#stepsLeft < 0) throw limitError('steps', this.limits.steps);
  }

  enter(): void {
    this.depth++;
    if (this.depth > this.limits.depth) throw limitError('depth', this.limits.depth);
  }

  leave(): void {
    this.depth--;
  }

  /** To be called before a text of this length is built. */
  text(characters: number): void {
    if (characters > this.limits.outputCharacters) {
      throw limitError('outputCharacters', this.limits.outputCharacters);
    }
    this.spend(Math.ceil(characters / charactersPerStep));
  }

  /** To be called for each value that is read from text: a few characters may become many bytes. */
  read(kind: 'list' | 'map' | 'scalar'): void {
    this.spend(kind === 'scalar' ? 1 : stepsPerContainer);
  }

  /** To be called before a list or map of this size is built. */
  list(size: number): void {
    if (size > this.limits.rangeSize) throw limitError('rangeSize', this.limits.rangeSize);
    this.spend(size);
  }
}

export function limitError(name: keyof Limits, bound: number): ExpressionError {
  return new ExpressionError('limit', `The expression exceeds the limit ${name} of ${bound}`, {
    subject: name,
  });
}
