/**
 * Where a template writes. `TextOutput` joins everything as text. `TypedOutput` keeps a lone value
 * with its type: nothing written is null, one value is that value, several pieces are their text
 * (or, in strict mode, the reference engine's refusal to join them).
 */
import { ExpressionError } from './error.ts';
import { printed, type Printing } from './text.ts';
import { kindOf, type Value } from './value.ts';

export interface Output {
  writeText(text: string): void;
  writeValue(value: Value): void;
}

export class TextOutput implements Output {
  text = '';
  readonly #printing: Printing;

  constructor(printing: Printing) {
    this.#printing = printing;
  }

  writeText(text: string): void {
    this.#printing.budget.text(text.length);
    this.text += text;
    const { outputCharacters } = this.#printing.budget.limits;
    if (this.text.length > outputCharacters) this.#printing.budget.text(this.text.length);
  }

  writeValue(value: Value): void {
    this.writeText(printed(value, this.#printing));
  }
}

export class TypedOutput implements Output {
  readonly #printing: Printing;
  readonly #isStrict: boolean;
  readonly #text: TextOutput;
  #value: Value = null;
  #pieces = 0;

  constructor(printing: Printing, isStrict: boolean) {
    this.#printing = printing;
    this.#isStrict = isStrict;
    this.#text = new TextOutput(printing);
  }

  writeText(text: string): void {
    if (text === '') return;
    if (this.#isStrict && this.#pieces > 0 && typeof this.#value !== 'string') {
      throw this.#refusal('string');
    }
    this.#add(text);
  }

  writeValue(value: Value): void {
    if (value === null) return;
    if (this.#isStrict && this.#pieces > 0) throw this.#refusal(kindOf(value));
    this.#add(value);
  }

  get result(): Value {
    return this.#pieces > 1 ? this.#text.text : this.#value;
  }

  #add(value: Value): void {
    if (this.#pieces === 0) this.#value = value;
    else {
      if (this.#pieces === 1) this.#text.writeText(printed(this.#value, this.#printing));
      this.#text.writeValue(value);
      if (typeof this.#value === 'string') this.#value = '';
    }
    this.#pieces++;
  }

  #refusal(kind: string): ExpressionError {
    return new ExpressionError('typed-concat', `Tried to add ${kind} to ${kindOf(this.#value)}`);
  }
}
